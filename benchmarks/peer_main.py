"""Runs another tool's command in its own environment, its requests going to this machine.

The tools have no setting for Notion's address; the client that both use has one. Usage, with the
Python of the tool's environment: ``BENCHMARK_API_URL=… python peer_main.py COMMAND ARGUMENT …``
"""

import os
import sys
from functools import wraps
from importlib.metadata import entry_points
from typing import Any

import notion_client


def redirect(client: Any, url: str) -> None:
    """Make a class of clients use another address."""
    made = client.__init__

    @wraps(made)
    def begin(self: Any, *words: Any, **settings: Any) -> None:
        made(self, *words, **{**settings, "base_url": url})

    client.__init__ = begin


if __name__ == "__main__":
    for each in (notion_client.Client, notion_client.AsyncClient):
        redirect(each, os.environ["BENCHMARK_API_URL"])
    name = sys.argv[1]
    (entry,) = entry_points(group="console_scripts", name=name)
    sys.argv = [name, *sys.argv[2:]]
    sys.exit(entry.load()())
