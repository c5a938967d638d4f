"""The gates: every check that a manifest must pass before anything is planned.

A gate returns :class:`lukhas_notion.manifests.manifest.Violation` records; it does not raise for
the contents of a manifest.
"""
