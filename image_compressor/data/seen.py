"""A set of keys with constant memory use: keys that do not fit in memory are on disk."""

import sqlite3


class Seen:
    """Keys seen so far, each with the name that it came with first.

    Example:
    seen = Seen()
    assert seen.earlier(b"key", "first") is None
    assert seen.earlier(b"key", "second") == "first"
    """

    def __init__(self):
        self.table = sqlite3.connect("", isolation_level=None)  # an unnamed temporary file
        self.table.execute("PRAGMA journal_mode = OFF")
        self.table.execute("PRAGMA cache_size = -32768")  # KiB
        self.table.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, name TEXT) WITHOUT ROWID")
        self.table.execute("BEGIN")

    def earlier(self, key: bytes, name: str) -> str | None:
        """Returns the name that the key came with first, or None if the key is new."""
        new = self.table.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, name))
        if new.rowcount:
            return None
        return self.table.execute("SELECT name FROM seen WHERE key = ?", (key,)).fetchone()[0]

    def close(self) -> None:
        self.table.close()
