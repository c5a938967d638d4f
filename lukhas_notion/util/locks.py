"""A lock on a file that is open: it ends with the process, and leaves no file of its own behind."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable

_POLL = 0.05
#: Beyond the end of every ledger: on Windows a locked byte cannot be read by others.
_FAR = 0x7FFF_FFF0
#: What file systems without locks answer.
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})


def acquire(
    descriptor: int,
    timeout: float,
    *,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Lock an open file for this process; return False where its file system has no locks.

    Closing the file gives the lock back.

    Args:
        descriptor: the file, open for writing.
        timeout: how long to wait for another process, in seconds.
        monotonic: what time it is, in seconds.
        sleep: lets seconds pass.

    Raises:
        TimeoutError: another process held it all the time.
        OSError: it cannot be locked for another reason.
    """
    end = monotonic() + timeout
    while True:
        try:
            if _try(descriptor):
                return True
        except OSError as error:
            if error.errno in _NO_LOCKS:
                return False
            raise
        if monotonic() >= end:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        sleep(_POLL)


if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int) -> bool:
        before = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        finally:
            os.lseek(descriptor, before, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
