"""Opens .imgc files with Pillow, once this module is imported:

import image_compressor.pillow
from PIL import Image

with Image.open("digits.imgc") as image:  # the first image
    image.seek(7)  # or another one
    image.save("7.png")

The codec is the one that wrote the file: see `image_compressor.codec.finding`. To name a directory
that is not searched there: `image_compressor.pillow.codecs.append("models/mine")`.
"""

from io import BytesIO
from typing import Any

from PIL import Image, ImageFile

from image_compressor.codec import finding
from image_compressor.codec.file.container import MAGIC
from image_compressor.codec.file.reader import Reader
from image_compressor.errors import InputError, WrongCodecError

codecs: list[str] = []  # further directories of codecs


class ImgcImageFile(ImageFile.ImageFile):
    """The images of an .imgc file, as frames; the names of its images are in `info`."""

    format, format_description = "IMGC", "image-compressor archive"

    def _open(self) -> None:
        assert self.fp is not None
        content = BytesIO(self.fp.read())
        try:
            reader = Reader(content)
            codec = finding.find(reader.header.codec, reader.embedded, tuple(codecs))
            self._archive = codec.open(content)
        except WrongCodecError:
            raise
        except InputError as error:
            raise SyntaxError(str(error)) from None  # Pillow goes on with the next format
        self.n_frames = len(self._archive)
        self.is_animated = self.n_frames > 1
        self._show(0)

    def seek(self, frame: int) -> None:
        """Goes to an image by its number. Raises EOFError if there is none."""
        if self._seek_check(frame):
            self._show(frame)

    def tell(self) -> int:
        """The number of the image."""
        return self._number

    def load(self) -> Any:
        """Decodes the image."""
        if self.tile:
            pixels = self._archive[self._number]
            if self.fp is not None and self._exclusive_fp:
                self.fp.close()
            self.fp = BytesIO(pixels.tobytes())
        return super().load()

    def _show(self, frame):
        reader, self._number = self._archive.reader, frame
        shape = reader.own_sizes[frame] if reader.own_sizes else None
        height, width = shape or reader.shapes[frame // reader.header.block][:2]
        self._size, self._mode = (width, height), "L" if reader.header.shape[2] == 1 else "RGB"
        self.tile = [ImageFile._Tile("raw", (0, 0, width, height), 0, self._mode)]
        names = reader.header.names
        self.info = {"name": names[frame]} if names else {}


def _accept(prefix: bytes) -> bool:
    return prefix.startswith(MAGIC)


Image.register_open(ImgcImageFile.format, ImgcImageFile, _accept)
Image.register_extension(ImgcImageFile.format, ".imgc")
