"""Validation of JSON from outside."""

import json
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


def test_a_valid_document_becomes_its_dataclass():
    given = b'{"leaves": [{"count": 3, "share": 1, "names": {"a": "b"}}, {"count": 4}]}'
    assert read(given) == Tree([Leaf(3, 1.0, {"a": "b"}), Leaf(4)])
    assert read('{"leaves": null}') == Tree(None)
    for content in ("true", '"a"', "null"):
        assert read(content, str | bool | None) == json.loads(content)
    assert read('{"a": [1, null, {}]}', dict) == {"a": [1, None, {}]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "Expecting value"),
        (b"\xff", "decode"),
        ("[]", "not an object"),
        ("{}", "no leaves"),
        ('{"leaves": 1}', "not of type list"),
        ('{"leaves": [1]}', r"leaves\[0\]"),
        ('{"leaves": [{"count": true}]}', "not of type int"),
        ('{"leaves": [{"count": "1"}]}', "not of type int"),
        ('{"leaves": [{"count": 1.0}]}', "not of type int"),
        ('{"leaves": [{"count": 1, "share": NaN}]}', "not a finite number"),
        ('{"leaves": [{"count": 1, "share": -Infinity}]}', "not a finite number"),
        ('{"leaves": [{"count": 1, "share": 1e999}]}', "not a finite number"),
        ('{"leaves": [{"count": 1' + "0" * 5000 + "}]}", "digits"),
        ('{"leaves": [{"count": 1, "names": {"a": 1}}]}', "names.a"),
        ('{"leaves": [{"count": 1, "other": 1}]}', "only the keys"),
        ('{"leaves": null, "leaves": []}', "duplicate key"),
        ("[" * 101 + "]" * 101, "100 levels"),
        ("[" * 10**5, "100 levels"),
        ('{"leaves":' * 10**5, "100 levels"),
    ],
)
def test_any_other_document_is_refused_in_one_line(content, said):
    with pytest.raises(InputError, match=f"Expected a tree.*{said}.*Plant another."):
        read(content)
