"""The floor under coverage: what is said of whom."""

import pytest

from tests.covered import objections


@pytest.mark.parametrize(
    ("covered", "reasons", "said"),
    [
        ({"a.py": 85.0, "b.py": 100.0}, {}, []),
        ({"a.py": 84.9}, {"a.py": "Needs a real engine."}, []),
        ({"a.py": 84.9}, {}, ["a.py: 84.9 %, and no reason why"]),
        ({"a.py": 84.9}, {"a.py": " "}, ["a.py: 84.9 %, and no reason why"]),
        ({"a.py": 85.0}, {"a.py": "It was low."}, ["a.py: 85.0 %, and need not be listed"]),
        ({}, {"gone.py": "It was low."}, ["gone.py: is no file of ours"]),
    ],
)
def test_a_file_below_the_floor_needs_a_reason_and_a_reason_needs_such_a_file(
    covered: dict[str, float], reasons: dict[str, str], said: list[str]
) -> None:
    assert list(objections(covered, 85, reasons)) == said
