"""The command line: arguments, output and exit codes.

Exit codes: 0 every planned change is applied; 1 a violation, or a planned change is not applied;
2 wrong usage or configuration; 130 after Ctrl-C and 143 after SIGTERM.
"""

from lukhas_notion.cli.main import main

__all__ = ["main"]
