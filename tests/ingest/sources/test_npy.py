import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.ingest.sources import npy


@pytest.mark.parametrize("shape", [(70, 16, 12), (70, 16, 12, 1), (70, 16, 12, 3)])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16"])
def test_its_images_come_one_by_one(tmp_path, shape, dtype):
    stack = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    np.save(tmp_path / "a.npy", stack)
    images = npy.images(tmp_path / "a.npy")
    assert len(images) == 70
    assert len({image.name for image in images}) == 70
    assert np.array_equal(np.stack([image.content for image in images]), stack)


@pytest.mark.parametrize("stack", [np.zeros((2, 9)), np.zeros((2, 9, 9)), np.zeros((2, 9, 9, 2))])
def test_another_form_is_refused(tmp_path, stack):
    np.save(tmp_path / "a.npy", stack)
    with pytest.raises(InputError, match=r"a\.npy with \(2"):
        npy.images(tmp_path / "a.npy")
    with pytest.raises(InputError, match=r"b\.npy"):
        npy.images(tmp_path / "b.npy")
