"""The gates: every check that a manifest passes before anything is planned.

Each gate is a module of its own and returns :class:`lukhas_notion.manifests.document.Violation`
records; none of them raises for what a manifest says.
"""
