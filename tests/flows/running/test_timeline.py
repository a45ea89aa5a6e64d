"""The picture of a history of looks."""

import pytest

from flows.running import timeline


def look(day, found="no drift", codec="11111111", **more):
    measures = dict.fromkeys(("bytes_per_image", "ssim", "ssim_p5", "stored", "p"), "0.5")
    return {"time": f"2026-11-{day:02}T10:30:00Z", "codec": codec, "found": found} | measures | more


def test_drifts_are_red_and_each_change_of_the_codec_is_named(tmp_path):
    looks = [look(1), look(2, "drift", p="0"), look(3, codec="22222222"), look(4, codec="22222222")]
    timeline.draw(looks, tmp_path / "looks.svg")
    drawn = (tmp_path / "looks.svg").read_text()
    assert drawn.count("codec 22222222") == 1 and "codec 11111111" not in drawn
    marked = [part for part in drawn.split("<g id") if timeline.ALARM in part and "<use" in part]
    assert len(marked) == len(timeline.SHOWN)


@pytest.mark.parametrize("looks", [[look(1)], [look(1), look(2, "invalid", bytes_per_image="")]])
def test_a_single_look_is_drawn_and_invalid_ones_are_not(looks, tmp_path):
    timeline.draw(looks, tmp_path / "looks.png")
    assert (tmp_path / "looks.png").stat().st_size > 10_000
