"""What is exported, and the images it is verified with."""

from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import NETWORKS
from image_compressor.codec.table_file import Qualities
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.generator import Generator

Precision = Literal["float32", "float16", "int8"]


@dataclass(frozen=True)
class TrainedModel:
    """A trained model, as the formats write it.

    Attributes:
        compressor: the model.
        qualities: the tables of each quality.
        images: uint8 [N, H, W, C], like those of the training.
        precision: of the weights in its LiteRT files; elsewhere they are float32.
        full: whether the whole network, image -> reconstruction, is written too.
    """

    compressor: ImageCompressor
    qualities: Qualities
    images: np.ndarray
    precision: Precision = "float32"
    full: bool = False

    @property
    def generator(self) -> Generator:
        """Encoder and decoder."""
        return self.compressor.generator

    @property
    def networks(self) -> dict[str, keras.Model]:
        """Those that it has of NETWORKS, and perhaps `full`: each is a file of its name."""
        owner = self.compressor.networks
        networks = {name: getattr(owner, name) for name in NETWORKS if hasattr(owner, name)}
        return {**networks, "full": self.generator} if self.full else networks

    @property
    def codec(self) -> Codec:
        """What every format must agree with."""
        return Codec(self.compressor.networks, self.qualities)
