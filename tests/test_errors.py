import pickle

from image_compressor import InputError


def test_an_error_is_one_line_and_survives_pickling():
    error = InputError("a name\nof one line", "two\n lines", "Change it.")
    assert str(error) == "Expected a name of one line. Received: two lines. Change it."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
