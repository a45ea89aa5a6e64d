"""How often the gate promotes codecs that are equal, better or worse by 2 %.

    python -m benchmarks.measure.gate [SEEDS] [EPOCHS] [IMAGES]

Trains the settings `fast` of digits.yaml with each of SEEDS seeds, measures all on IMAGES test
digits, and lets the gate compare each with each: as they are, and with 2 % fewer and more bytes.
TFDS_DATA_DIR must have `mnist`.
"""

from collections import Counter
from dataclasses import replace
from itertools import permutations

import numpy as np

from benchmarks import arguments
from benchmarks.measure.digits import images, settings, trained
from image_compressor import Codec
from image_compressor.evaluation.gate import weigh
from image_compressor.evaluation.measures import curve_of_each
from image_compressor.evaluation.verdict import Thresholds
from image_compressor.training.freezing import freeze

FACTORS = {"equal": 1.0, "2 % better": 0.98, "2 % worse": 1.02}


def measured(seed: int, epochs: int, given: np.ndarray):
    """The measures of each image, of the codec that this seed makes."""
    compressor = trained(settings("fast") | {"seed": seed, "epochs": epochs})
    codec = Codec(compressor.networks, freeze(compressor, images("train")[:5000], 16))
    return curve_of_each(codec, given, np.linspace(1, 100, Thresholds().points).astype(int))


def main() -> None:
    seeds, epochs, count = arguments(__doc__, seeds=5, epochs=7, images=500)
    given = images("test")[:count]
    codecs = [measured(seed, epochs, given) for seed in range(seeds)]
    for name, factor in FACTORS.items():
        answers: Counter = Counter()
        rates = []
        for promoted, new in permutations(codecs, 2):
            verdict = weigh(replace(new, bytes=new.bytes * factor), promoted, Thresholds())
            answers[verdict.answer] += 1
            rates.append(verdict.bd_rate)
        shown = ", ".join(f"{number} {answer.lower()}" for answer, number in answers.most_common())
        print(f"{name}: {shown}; BD-rates {min(rates):+.2f} to {max(rates):+.2f} %", flush=True)


if __name__ == "__main__":
    main()
