"""How often the gate promotes codecs that are truly equal, better or worse by 2 %.

    python -m benchmarks.measure.gate [SEEDS] [EPOCHS] [IMAGES]

Trains the settings `fast` of digits.yaml with each of SEEDS seeds, and measures all on the test
digits. How much better one is than another, all 10,000 digits say. The bytes of each are scaled so
that it is truly as good as each other one, or 2 % better or worse; then the gate compares them on
IMAGES of the digits. TFDS_DATA_DIR must have `mnist`.
"""

from collections import Counter
from dataclasses import replace
from itertools import permutations

import numpy as np

from benchmarks import arguments
from benchmarks.measure.digits import images, settings, trained
from image_compressor import Codec
from image_compressor.evaluation import each
from image_compressor.evaluation.each import Each
from image_compressor.evaluation.gate import weigh
from image_compressor.evaluation.measures import curve_of_each
from image_compressor.evaluation.verdict import Thresholds
from image_compressor.training.freezing import freeze

CHANGES = {"equal": 0.0, "2 % better": -2.0, "2 % worse": 2.0}  # BD-rates in %


def measured(seed: int, epochs: int, given: np.ndarray) -> Each:
    """The measures of each image, of the codec that this seed makes."""
    compressor = trained(settings("fast") | {"seed": seed, "epochs": epochs})
    codec = Codec(compressor.networks, freeze(compressor, images("train")[:5000], 16))
    return curve_of_each(codec, given, np.linspace(1, 100, Thresholds().points).astype(int))


def scaled(new: Each, promoted: Each, change: float) -> Each:
    """The new codec with so many bytes that its BD-rate over all images is `change`, in %."""
    truth = each.bd_rate(promoted, new, "ssim")
    assert truth is not None
    return replace(new, bytes=new.bytes * (100 + change) / (100 + truth))


def main() -> None:
    seeds, epochs, count = arguments(__doc__, seeds=5, epochs=7, images=500)
    codecs = [measured(seed, epochs, images("test")) for seed in range(seeds)]
    pairs = [*permutations(codecs, 2)]
    truths = [each.bd_rate(promoted, new, "ssim") for promoted, new in pairs]
    print(f"as they are: BD-rates {min(truths):+.2f} to {max(truths):+.2f} %")
    for name, change in CHANGES.items():
        answers: Counter = Counter()
        for number, (promoted, new) in enumerate(pairs):
            some = np.random.default_rng(number).permutation(new.bytes.shape[1])[:count]
            known = scaled(new, promoted, change).chosen(some)
            answers[weigh(known, promoted.chosen(some), Thresholds()).answer] += 1
        shown = ", ".join(f"{number} {answer.lower()}" for answer, number in answers.most_common())
        print(f"{name}: {shown}", flush=True)


if __name__ == "__main__":
    main()
