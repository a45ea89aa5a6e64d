"""The frozen integers that symbols are coded with."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_compressor.errors import InputError

TABLES = "tables.json"  # where they are kept, beside the networks
PRECISION = 16  # frequencies of a channel sum to 2**PRECISION
SYMBOL_LIMIT = 2**30  # symbols lie in -SYMBOL_LIMIT ... SYMBOL_LIMIT


@dataclass(frozen=True)
class Tables:
    """One frequency table for each latent channel.

    Attributes:
        minimums: int array [C], the smallest symbol in each channel's table.
        frequencies: C int arrays. Entry i of channel c is the frequency, out of 2**16, of the
            symbol `minimums[c] + i`; the last entry is that of the escape: any other symbol.

    Example: minimums [-1], frequencies [[16384, 32767, 16384, 1]]: the symbols -1, 0, 1 with
    probabilities 1/4, 1/2, 1/4, and one chance in 65,536 for the rest.

    Raises InputError unless every frequency is at least 1 and each table sums to 2**16.
    """

    minimums: np.ndarray
    frequencies: list[np.ndarray]

    def __post_init__(self):
        for channel, table in enumerate(self.frequencies):
            if len(table) < 2 or table.min() < 1 or table.sum() != 2**PRECISION:
                raise InputError(
                    f"two or more frequencies of at least 1 that sum to {2**PRECISION}",
                    f"channel {channel}: {table.tolist()[:9]}, sum {table.sum()}",
                    "Export the codec again.",
                )
        if len(self.minimums) != len(self.frequencies) or not self.frequencies:
            raise InputError(
                "a minimum for each table",
                f"{len(self.minimums)} minimums, {len(self.frequencies)} tables",
                "Export the codec again.",
            )

    def index(self, symbols, channel):
        """Places of int symbols in the channel's table, and which of them are escaped."""
        last = len(self.frequencies[channel]) - 1
        index = symbols.astype(np.int64) - self.minimums[channel]
        escaped = (index < 0) | (index >= last)
        return np.where(escaped, last, index).astype(np.int32), escaped

    def save(self, path):
        """Writes JSON, the same bytes for the same tables."""
        channels = [
            {"minimum": int(minimum), "frequencies": table.tolist()}
            for minimum, table in zip(self.minimums, self.frequencies, strict=True)
        ]
        lines = ",\n".join(json.dumps(channel) for channel in channels)
        Path(path).write_text(f'{{"precision": {PRECISION}, "channels": [\n{lines}\n]}}\n', "utf-8")

    @classmethod
    def load(cls, path):
        """Raises InputError where the file is no table file."""
        try:
            tables = json.loads(Path(path).read_text("utf-8"))
            channels = tables["channels"]
            if tables["precision"] != PRECISION:
                raise ValueError(f"precision {tables['precision']}")
            return cls(
                np.array([channel["minimum"] for channel in channels], np.int64),
                [np.array(channel["frequencies"], np.int64) for channel in channels],
            )
        except (KeyError, TypeError, OverflowError, ValueError) as error:
            raise InputError(
                "a tables.json of this package", f"{path}: {error!r}", "Export the codec again."
            ) from None
