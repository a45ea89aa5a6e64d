"""Damaged files are refused in a sentence, and never decoded to wrong images."""

import pytest

from image_compressor import Codec
from tests.cli.commands import damage
from tests.codec.networks import codec as untrained
from tests.codec.networks import images
from tests.web.conftest import encoded, parts

REFUSALS = """async ([tables, decoder, files]) => {
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
    const { Codec } = await import("imgc/codec.js");
    const { InputError } = await import("imgc/errors.js");
    const refusals = [];
    for (const file of files) {
        try {
            const codec = await Codec.load({tables: bytes(tables), decoder: bytes(decoder)});
            await codec.decode(bytes(file));
            refusals.push("none");
        } catch (error) {
            refusals.push(error instanceof InputError ? error.message : `a trace: ${error.stack}`);
        }
    }
    return refusals;
}"""


@pytest.fixture
def refusals(alone, exported):
    """A function that gives the error for each of these files."""

    def refusals(files, codec=None):
        codec = map(encoded, codec or parts(exported))
        return alone().evaluate(REFUSALS, [*codec, [encoded(file) for file in files]])

    return refusals


@pytest.fixture
def data(exported, pictures):
    return Codec.load(exported).compress(pictures[:3], ["a.png", "b.png", "c/d.png"])


def test_a_flipped_bit_is_detected_anywhere(refusals, data):
    whole, *said = refusals([data, *(damage(data, position) for position in range(len(data)))])
    assert whole == "none"
    assert all(text.startswith("Expected ") for text in said), said


def test_a_truncated_file_is_refused_wherever_it_ends(refusals, data):
    said = refusals([data[:length] for length in range(len(data))])
    assert all(text.startswith("Expected ") for text in said), said


def test_a_file_of_another_codec_names_both(refusals, exported):
    (said,) = refusals([untrained(size=16).compress(images(2, size=16))])
    assert Codec.load(exported).identity.hex() in said
    assert b"test".hex() in said


def test_text_is_refused(refusals):
    (said,) = refusals([b"To whom it may concern, and so on"])
    assert "an .imgc file" in said


@pytest.mark.parametrize(("part", "name"), [(0, "tables.npz"), (1, "decoder.tflite")])
def test_a_broken_codec_is_named(refusals, exported, data, part, name):
    broken = parts(exported)
    broken[part] = b"To whom it may concern, and so on"
    (said,) = refusals([data], broken)
    assert name in said
