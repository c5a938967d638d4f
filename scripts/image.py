"""Turn a folder of packages and code into the contents of the Action's image: small, and compiled.

Usage: ``python image.py FOLDER``. What no run needs is deleted, with its reason here. Then our code
is compiled, and of the packages what is imported, since a run cannot write its bytecode.
"""

from __future__ import annotations

import compileall
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDERS = (
    *("**/tests", "**/test", "**/__pycache__", "**/__pyinstaller"),
    # Commands of the packages, which nobody starts.
    "bin",
    # Makes bindings to C; those that are made need its compiled half alone.
    "cffi",
)
FILES = (
    # For type checkers and compilers.
    *("**/*.pyi", "**/*.h", "**/*.c", "**/*.pyx", "**/*.pxd"),
    # The half of rapidfuzz that compares by parts of a text; names are compared as a whole. And
    # the second copy of the other half, for newer processors.
    *("rapidfuzz/fuzz_cpp*.so", "rapidfuzz/**/*_avx2*.so"),
    # YAML is read by the parser in Python, which counts what it reads.
    "yaml/_yaml*.so",
)
OURS = "lukhas_notion"
"""Our own package, in which every file is meant."""


def unneeded(folder: Path) -> Iterator[Path]:
    """Yield the folders and files to delete."""
    for pattern in (*FOLDERS, *FILES):
        for path in folder.glob(pattern):
            if OURS not in path.relative_to(folder).parts[:1]:
                yield path


def main(folder: Path) -> None:
    """Delete what is not needed, and compile what is.

    Raises:
        subprocess.CalledProcessError: what is left cannot be imported.
    """
    for path in list(unneeded(folder)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    compileall.compile_dir(folder / OURS, quiet=1)
    # -S: no package of the Python that builds is one of the image's.
    imports = folder / "composite" / "imports.py"
    subprocess.run([sys.executable, "-I", "-S", str(imports)], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
