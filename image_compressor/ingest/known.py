"""Cache for the MD5 of files, by their status in the file system."""

import os
import sqlite3
import time
from pathlib import Path

# Timestamps have a limited resolution: if a file changed just before or while it was read, its old
# and new content may have the same status.
SETTLED = 2.0  # seconds


class Known:
    """Cache in an SQLite file. If the file is missing or damaged, the cache starts empty.

    Example:
    with Known(Path("known.sqlite")) as known:
        digest = known.digest(path, path.stat())
    """

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.opened = path, time.time()
        self.table = sqlite3.connect(path, isolation_level=None)
        self._ask("CREATE TABLE IF NOT EXISTS known (path BLOB PRIMARY KEY, status, digest)")
        self._ask("BEGIN")

    def __enter__(self) -> "Known":
        return self

    def __exit__(self, *error: object) -> None:
        self._ask("COMMIT")
        self.table.close()

    def digest(self, path: Path, status: os.stat_result | None) -> str:
        """Returns the file's digest, or "" if it is not known for this status."""
        query = "SELECT digest FROM known WHERE path = ? AND status = ?"
        found = self._ask(query, _key(path), _text(status)) if status else None
        return found[0] if found else ""

    def keep(self, path: Path, status: os.stat_result | None, digest: str) -> None:
        """Keeps the digest of content that was read after `status` was."""
        if digest and status and max(status.st_mtime, status.st_ctime) < self.opened - SETTLED:
            row = _key(path), _text(status), digest
            self._ask("INSERT OR REPLACE INTO known VALUES (?, ?, ?)", *row)

    def _ask(self, query, *values):
        try:
            return self.table.execute(query, values).fetchone()
        except sqlite3.DatabaseError:  # damaged, locked, or no room on the disk
            self.path.unlink(missing_ok=True)
            return None


def _key(path):
    return os.fsencode(path.absolute())


def _text(status):
    """Joins inode, size and times; nobody can set ctime."""
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
