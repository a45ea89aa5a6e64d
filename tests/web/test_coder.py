"""The range decoder in JavaScript against constriction's encoder."""

import numpy as np

from image_compressor.codec.coder import Coder
from image_compressor.codec.frozen import table_file
from tests.codec.networks import classed_tables
from tests.web.conftest import encoded

DECODE = """async ([npz, payload, count]) => {
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const { load } = await import("imgc/tables.js");
    const { decode } = await import("imgc/coder.js");
    const qualities = await load(bytes(npz).buffer);
    return Array.from(decode(bytes(payload), [{tables: qualities[49], count}])[0]);
}"""


def test_decoding_gives_exactly_the_coded_symbols(alone, tmp_path):
    frozen = classed_tables(5)
    table_file.save([frozen] * 100, tmp_path / "tables.npz")
    rng = np.random.default_rng(0)
    symbols = rng.choice([-100, 5, 30], (700, 1)) + rng.integers(0, 12, (700, 5))
    extremes = 2 ** rng.uniform(0, 30, (40, 5)) * rng.choice([-1, 1], (40, 5))
    symbols = np.concatenate([symbols, extremes.astype(int), [[2**30, -(2**30), 0, 1, -1]]])
    payload = Coder(frozen).encode(symbols)
    npz = (tmp_path / "tables.npz").read_bytes()
    decoded = alone().evaluate(DECODE, [encoded(npz), encoded(payload), len(symbols)])
    assert np.array_equal(np.reshape(decoded, symbols.shape), symbols)


def test_frequencies_become_the_same_intervals_as_in_constriction(alone):
    """Its decoder is tried just before and just after each boundary."""
    import constriction

    rng = np.random.default_rng(0)
    for count in (2, 3, 40, 1000):
        weights = rng.gamma(0.3, size=count)
        table = 1 + np.floor(weights / weights.sum() * (2**16 - count)).astype(int)
        table[0] += 2**16 - table.sum()
        starts = alone().evaluate(
            """async (table) => {
                const { cumulative } = await import("imgc/range.js");
                return Array.from(cumulative(table));
            }""",
            table.tolist(),
        )
        probabilities = (table / 2**16).astype(np.float32)
        model = constriction.stream.model.Categorical(probabilities, perfect=False)
        for number in range(1, count):
            found = [_symbol(model, starts[number] + step) for step in (-1, 0)]
            assert found == [number - 1, number]


def _symbol(model, quantile):
    """The symbol that a range decoder reads for a quantile out of 2^24."""
    import constriction

    point = (quantile * (2**64 // 2**24) + 2**39).to_bytes(8, "big")
    words = np.array(
        [int.from_bytes(point[:4], "big"), int.from_bytes(point[4:], "big")], np.uint32
    )
    return int(constriction.stream.queue.RangeDecoder(words).decode(model))
