"""Each fault of the chaos suite can still be planted where it is said to be."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.chaos.mutants import MUTANTS


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_can_be_planted_and_is_python(name: str) -> None:
    found = find_spec(MUTANTS[name].module)
    assert found
    assert found.origin
    compile(MUTANTS[name].planted(Path(found.origin).read_text()), found.origin, "exec")
