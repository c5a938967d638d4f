"""Print one of the README's two commands: the code block after ``<!-- command: NAME -->``."""

import re
import sys
from pathlib import Path

readme = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
found = re.search(
    rf"<!-- command: {re.escape(sys.argv[1])} -->\s*```sh\n(.+?)\n```", readme, re.DOTALL
)
if not found:
    sys.exit(f"README.md has no command called {sys.argv[1]}")
sys.stdout.write(found[1] + "\n")
