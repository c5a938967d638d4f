"""The command line: argument handling and exit codes, nothing else.

Exit codes: 0 all is well and everything planned is done; 1 a violation, or something planned was
not applied; 2 usage or configuration; 130 and 143 after Ctrl-C and SIGTERM.
"""

from lukhas_notion.cli.main import main

__all__ = ["main"]
