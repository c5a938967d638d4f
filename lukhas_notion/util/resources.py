"""Files that travel with the package: in a wheel and in the image inside it, else beside it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

SCHEMA = "validate/module.manifest.schema.json"
CONFIGURATION_SCHEMA = "config/lukhas-notion.schema.json"


def folder(inside: str, beside: str) -> resources.abc.Traversable:
    """Return a folder that is carried along.

    Args:
        inside: its name inside the package, where a wheel and the Docker image put it.
        beside: its path in a checkout, which is where it is kept.
    """
    packaged = resources.files("lukhas_notion") / inside
    if packaged.is_dir():
        return packaged
    return Path(__file__).resolve().parents[2] / beside


def workflow(name: str) -> str:
    """Return the text of one of the example workflows, such as ``notion-apply.yml``."""
    return (folder("workflows", "examples/workflows") / name).read_text(encoding="utf-8")


def schema() -> bytes:
    """Return the JSON Schema that manifests are held to where the repository has none."""
    return (resources.files("lukhas_notion") / SCHEMA).read_bytes()


def configuration_schema() -> bytes:
    """Return the JSON Schema of ``lukhas-notion.toml``."""
    return (resources.files("lukhas_notion") / CONFIGURATION_SCHEMA).read_bytes()
