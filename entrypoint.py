"""Starts the Action from the code next to this file, whatever the workspace contains.

Run it as ``python -I -B entrypoint.py``: isolated, so that no variable of the workflow
(``PYTHONPATH``, ``PYTHONHOME``, ``PYTHONSTARTUP``) brings in modules of the repository that is
looked at, and without bytecode, so that nothing is written where somebody else has to clean up.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from lukhas_notion.action.main import main

if __name__ == "__main__":
    sys.exit(main())
