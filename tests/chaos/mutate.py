"""Starts a service with a fault planted: `ANSWERBEAT_MUTANT=name python -m tests.chaos.mutate worker`.

The fault is a change of the source text, made while the module is imported. Where the text is no longer there, the
start fails: a mutant that isn't planted would prove nothing.
"""

import importlib.abc
import importlib.machinery
import os
import sys
from importlib.util import decode_source, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.chaos.mutants import MUTANTS, Mutant


class _Planter(importlib.abc.MetaPathFinder):
    """Finds the module that is to be changed, and nothing else."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> Any:
        if name != self._mutant.module:
            return None
        found = importlib.machinery.PathFinder.find_spec(name, path, target)
        assert found
        assert found.origin
        return spec_from_loader(name, _Planted(name, found.origin, self._mutant))


class _Planted(importlib.machinery.SourceFileLoader):
    """A module with its fault."""

    def __init__(self, name: str, path: str, mutant: Mutant) -> None:
        super().__init__(name, path)
        self._mutant = mutant

    def get_code(self, fullname: str) -> Any:  # noqa: ARG002
        text = self._mutant.planted(decode_source(Path(self.path).read_bytes()))
        return compile(text, self.path, "exec")


def main() -> None:
    """Plants the fault, and starts the service."""
    sys.meta_path.insert(0, _Planter(MUTANTS[os.environ["ANSWERBEAT_MUTANT"]]))
    from launcher.cli import main as answerbeat

    answerbeat()


if __name__ == "__main__":
    main()
