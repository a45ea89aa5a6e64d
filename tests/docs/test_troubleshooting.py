"""The errors in docs/troubleshooting.md are those of the code."""

import ast
import re

import pytest

from tests.conftest import ROOT
from tests.test_imports import MODULES

QUOTED = re.findall(
    r"\*\*`(?:Expected )?(.+?)(?:(?<!\.)\.)?`\*\*", (ROOT / "docs/troubleshooting.md").read_text()
)


@pytest.fixture(scope="module")
def texts():
    """The texts in the code, `...` for each value in them; and the Makefile's lines."""
    found = (ROOT / "Makefile").read_text().split("Expected ")
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(
                        getattr(part, "value", "") if isinstance(part, ast.Constant) else "..."
                        for part in node.values
                    )
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return found


@pytest.mark.parametrize("quoted", QUOTED)
def test_the_code_has_a_text_that_begins_so(texts, quoted):
    assert any(text.startswith(quoted) for text in texts)


def test_there_are_twenty_one():
    assert len(QUOTED) >= 21
