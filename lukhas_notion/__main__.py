"""``python -m lukhas_notion`` is the command line."""

import sys

from lukhas_notion.cli import main

if __name__ == "__main__":
    sys.exit(main())
