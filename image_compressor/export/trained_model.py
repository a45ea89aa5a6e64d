"""The trained model that is exported, and images to verify its formats with."""

from dataclasses import dataclass
from typing import Literal

import keras
import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import NETWORKS
from image_compressor.codec.frozen.table_file import Qualities
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.generator import Generator

Precision = Literal["float32", "float16", "int8"]


@dataclass(frozen=True)
class TrainedModel:
    """A trained model to be exported.

    Attributes:
        compressor: the model.
        qualities: the tables of each quality.
        images: uint8 [N, H, W, C], similar to those of the training.
        precision: precision of the weights in its LiteRT files; other formats use float32.
        full: whether the whole network, image -> reconstruction, is written too.
    """

    compressor: ImageCompressor
    qualities: Qualities
    images: np.ndarray
    precision: Precision = "float32"
    full: bool = False

    @property
    def generator(self) -> Generator:
        """The encoder and the decoder."""
        return self.compressor.generator

    @property
    def networks(self) -> dict[str, keras.Model]:
        """The networks, by the names of their files."""
        owner = self.compressor.networks
        networks = {name: getattr(owner, name) for name in NETWORKS if hasattr(owner, name)}
        return {**networks, "full": self.generator} if self.full else networks

    @property
    def codec(self) -> Codec:
        """The codec that every format must agree with."""
        return Codec(self.compressor.networks, self.qualities)
