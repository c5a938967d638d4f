"""A lock on an open file, which ends with the process and needs no file of its own."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable

_POLL = 0.05
#: A byte beyond the end of every ledger, since others cannot read a locked byte on Windows.
_FAR = 0x7FFF_FFF0
#: The errors of file systems without locks.
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})


def acquire(
    descriptor: int,
    timeout: float,
    *,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Lock an open file for this process; return False where its file system has no locks.

    Closing the file releases the lock.

    Args:
        descriptor: the file, open for writing.
        timeout: how long to wait for another process, in seconds.
        monotonic: returns the time in seconds.
        sleep: waits a number of seconds.

    Raises:
        TimeoutError: another process held the lock all the time.
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
