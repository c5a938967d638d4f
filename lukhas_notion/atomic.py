"""Files that are either whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from lukhas_notion.errors import LukhasNotionError


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 so that no reader, and no crash, ever sees half of it.

    Raises:
        LukhasNotionError: it cannot be written.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner alone; a report is for everybody who may read here.
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        raise LukhasNotionError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Free the disk or mend the rights, or name another file.",
        ) from error
    finally:
        if temporary:  # gone already when it took the file's place
            Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
