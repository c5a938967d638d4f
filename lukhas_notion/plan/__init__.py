"""Desired state × snapshot → plan. Pure: no I/O of any kind."""
