"""The storage of a workspace's objects: in memory, and in a journal if it has a path."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lukhas_notion.emulator.dates import Clock
from lukhas_notion.emulator.ids import Ids
from lukhas_notion.emulator.model import (
    Database,
    DataSource,
    Page,
    Stored,
    User,
    View,
    from_json,
    to_json,
)

_BEGIN = b'{"made":'
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class StateError(ValueError):
    """The state file is not one of the emulator, or another emulator uses it."""


class Journal:
    """An append-only file of JSON lines, which one emulator can have open at a time.

    Args:
        path: its path; the file and its folder are created if they do not exist.

    Raises:
        StateError: the path is not a file, or another emulator uses it.
        OSError: the folder or the lock file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        if self._path.exists() and not self._path.is_file():
            raise StateError(f"{path} is not a file")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file: int | None = None
        self._lock_path = self._path.with_name(f"{self._path.name}.lock")
        self._lock: int | None = _locked(self._lock_path)
        if self._lock is None:
            raise StateError(f"{path} is in use by another emulator")

    def read(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the number of each line and its entry, except for an incomplete last line.

        Raises:
            StateError: a line is not an entry; then the file is not a journal, and is not changed.
        """
        if not self._path.exists():
            return
        *lines, torn = self._path.read_bytes().split(b"\n")
        for number, line in enumerate(lines, start=1):
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                entry = None
            if not isinstance(entry, dict):
                raise self.misread(number)
            yield number, entry
        if not (torn.startswith(_BEGIN) or _BEGIN.startswith(torn)):
            raise self.misread(len(lines) + 1)

    def misread(self, number: int) -> StateError:
        """Return the error for a line that is not an entry."""
        return StateError(f"{self._path}:{number}: not a line of the emulator's state")

    def rewrite(self, entries: Iterable[dict[str, Any]]) -> None:
        """Replace the whole file atomically, and open it for appending."""
        self._close_file()
        # Its name is random, so that no link can be prepared at its path.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(_line(entry) for entry in entries)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except BaseException:
            Path(name).unlink()
            raise
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND)

    def append(self, entry: dict[str, Any]) -> None:
        """Append an entry; it is on the disk when this returns."""
        if self._file is None:
            raise ValueError("the state file is closed")
        line = memoryview(_line(entry))
        while line:
            line = line[os.write(self._file, line) :]
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file and release the lock."""
        self._close_file()
        if self._lock is not None:
            # A process that has opened the lock file meanwhile notices this, and creates a new one.
            with contextlib.suppress(OSError):
                self._lock_path.unlink()
            os.close(self._lock)
            self._lock = None

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_in_use(path: Path) -> bool:
    """Return whether an emulator uses a state file."""
    resolved = path.resolve()
    lock = resolved.with_name(f"{resolved.name}.lock")
    if not lock.exists():
        return False
    file = _locked(lock)
    if file is None:
        return True
    lock.unlink(missing_ok=True)
    os.close(file)
    return False


def _locked(path: Path) -> int | None:
    """Return the open lock file, or None if another process has the lock."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o644)
        try:
            _lock(file)
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        except FileNotFoundError:
            pass  # another process deleted the file after it was opened here
        except OSError:
            os.close(file)
            return None
        os.close(file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


class Store:
    """The newest version of each object, by id.

    Args:
        ids: the ids of the workspace; the journal has their count, so that no id is made twice.
        clock: the clock, for queries that lag.
        path: the state file; None to keep everything in memory.
        query_lag: how many seconds after a write queries return the version before it.
    """

    def __init__(self, ids: Ids, clock: Clock, path: Path | None, query_lag: float) -> None:
        self._ids = ids
        self._clock = clock
        self._lag = query_lag
        self.databases: dict[str, Database] = {}
        self.data_sources: dict[str, DataSource] = {}
        self.pages: dict[str, Page] = {}
        self.users: dict[str, User] = {}
        self.views: dict[str, View] = {}
        self._rows: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._versions: dict[str, list[tuple[float, Page]]] = {}
        self._journal = Journal(path) if path is not None else None
        if self._journal is not None:
            try:
                self._load(self._journal)
            except BaseException:
                self._journal.close()
                raise

    def commit(self, *changed: Stored) -> None:
        """Store new versions atomically; they are durable when this returns."""
        if self._journal is not None:
            objects = [to_json(stored) for stored in changed]
            self._journal.append({"made": self._ids.made, "objects": objects})
        for stored in changed:
            if self._lag and isinstance(stored, Page):
                self._remember(stored)
            self._put(stored)

    def forget(self, object_id: str) -> None:
        """Delete a page or a user permanently; this is durable when this returns."""
        if self._journal is not None:
            self._journal.append({"made": self._ids.made, "objects": [], "gone": object_id})
        self._drop(object_id)

    def rows(self, data_source_id: str) -> list[Page]:
        """Return the newest version of each page of a data source, the oldest page first."""
        return [self.pages[page_id] for page_id in self._rows[data_source_id]]

    def rows_as_queried(self, data_source_id: str) -> list[Page]:
        """Return the pages as queries return them, which can lag behind the newest versions."""
        if not self._lag:
            return self.rows(data_source_id)
        versions = (self._lagging(page) for page in self.rows(data_source_id))
        return [page for page in versions if page is not None]

    def sources_of(self, database_id: str) -> list[DataSource]:
        """Return a database's data sources, the oldest first."""
        return [
            source for source in self.data_sources.values() if source.database_id == database_id
        ]

    def views_of(self, database_id: str) -> list[View]:
        """Return the views that were added to a database, the oldest first."""
        return [view for view in self.views.values() if view.database_id == database_id]

    def sources_in(self, wiki_id: str) -> list[DataSource]:
        """Return the data sources that a wiki's data source lists among its rows."""
        return [source for source in self.data_sources.values() if source.row_of == wiki_id]

    def below(self, page_id: str) -> list[Page | Database]:
        """Return the pages and databases below a page that are not in the trash."""
        children: list[Page | Database] = [self.pages[child_id] for child_id in self._rows[page_id]]
        children += [
            database for database in self.databases.values() if database.parent_page_id == page_id
        ]
        return [child for child in children if not child.in_trash]

    def close(self) -> None:
        """Close the journal, if it has one."""
        if self._journal is not None:
            self._journal.close()

    def _load(self, journal: Journal) -> None:
        for number, entry in journal.read():
            try:
                self._ids.made = int(entry["made"])
                for data in entry["objects"]:
                    self._put(from_json(data))
                if gone := entry.get("gone"):
                    self._drop(gone)
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise journal.misread(number) from error
        everything: list[Stored] = [
            *self.users.values(),
            *self.databases.values(),
            *self.data_sources.values(),
            *self.pages.values(),
            *self.views.values(),
        ]
        journal.rewrite(
            {"made": self._ids.made, "objects": [to_json(stored)]} for stored in everything
        )

    def _put(self, stored: Stored) -> None:
        if isinstance(stored, Database):
            self.databases[stored.id] = stored
        elif isinstance(stored, DataSource):
            self.data_sources[stored.id] = stored
        elif isinstance(stored, User):
            self.users[stored.id] = stored
        elif isinstance(stored, View):
            self.views[stored.id] = stored
        else:
            before = self.pages.get(stored.id)
            if before is not None and before.parent_id != stored.parent_id:
                self._rows[before.parent_id].pop(stored.id, None)
            self.pages[stored.id] = stored
            self._rows[stored.parent_id][stored.id] = None

    def _drop(self, object_id: str) -> None:
        if self.users.pop(object_id, None) is None:
            page = self.pages.pop(object_id)
            self._rows[page.parent_id].pop(object_id, None)
            self._versions.pop(object_id, None)

    def _remember(self, page: Page) -> None:
        now = self._clock.monotonic()
        before = self.pages.get(page.id)
        known = [] if before is None else [(-math.inf, before)]
        versions = self._versions.setdefault(page.id, known)
        versions.append((now, page))
        # Of the versions that are old enough, queries return only the newest.
        settled = sum(1 for written, _ in versions if now - written >= self._lag)
        del versions[: max(0, settled - 1)]

    def _lagging(self, page: Page) -> Page | None:
        versions = self._versions.get(page.id)
        if versions is None:  # it is from the state file, so it is old enough
            return page
        now = self._clock.monotonic()
        settled = [version for written, version in versions if now - written >= self._lag]
        return settled[-1] if settled else None
