from image_compressor.data.seen import Seen


def test_a_key_is_new_once_and_then_known_by_the_name_it_came_with():
    seen = Seen()
    keys = [number.to_bytes(16) for number in range(1000)]
    assert [seen.earlier(key, f"first {key[-1]}") for key in keys] == [None] * 1000
    assert seen.earlier(keys[7], "second") == "first 7"
    assert seen.earlier(keys[7], "third") == "first 7"
    seen.close()
