"""GitHub: the only package that speaks to it, to its runner and to its API."""
