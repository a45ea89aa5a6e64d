"""JSON that others wrote."""

from dataclasses import dataclass, field

import pytest

from image_compressor import InputError, documents


@dataclass
class Leaf:
    count: int
    share: float = 0.5
    names: dict[str, str] = field(default_factory=dict)


@dataclass
class Tree:
    leaves: list[Leaf] | None


def read(content, kind=Tree):
    return documents.read(content, kind, "a tree", "Plant another.")


def test_a_document_becomes_what_it_should_be():
    given = b'{"leaves": [{"count": 3, "share": 1, "names": {"a": "b"}}, {"count": 4}]}'
    assert read(given) == Tree([Leaf(3, 1.0, {"a": "b"}), Leaf(4)])
    assert read('{"leaves": null}') == Tree(None)
    assert read('{"a": [1, null, {}]}', dict) == {"a": [1, None, {}]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "Expecting value"),
        (b"\xff", "decode"),
        ("[]", "no object"),
        ("{}", "no leaves"),
        ('{"leaves": 1}', "no list"),
        ('{"leaves": [1]}', r"leaves\[0\]"),
        ('{"leaves": [{"count": true}]}', "no int"),
        ('{"leaves": [{"count": "1"}]}', "no int"),
        ('{"leaves": [{"count": 1.0}]}', "no int"),
        ('{"leaves": [{"count": 1, "share": NaN}]}', "no finite number"),
        ('{"leaves": [{"count": 1, "share": -Infinity}]}', "no finite number"),
        ('{"leaves": [{"count": 1, "share": 1e999}]}', "no finite number"),
        ('{"leaves": [{"count": 1' + "0" * 5000 + "}]}", "digits"),
        ('{"leaves": [{"count": 1, "names": {"a": 1}}]}', "names.a"),
        ('{"leaves": [{"count": 1, "other": 1}]}', "alone"),
        ('{"leaves": null, "leaves": []}', "stands twice"),
        ("[" * 101 + "]" * 101, "100 levels"),
        ("[" * 10**5, "100 levels"),
        ('{"leaves":' * 10**5, "100 levels"),
    ],
)
def test_what_is_none_is_a_line(content, said):
    with pytest.raises(InputError, match=f"Expected a tree.*{said}.*Plant another."):
        read(content)
