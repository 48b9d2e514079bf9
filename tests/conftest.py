"""Options of the tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=10, help="Rounds of chaos.")
    parser.addoption("--triples", type=int, default=20_000, help="Cron expressions, zones and times for the oracle.")
    parser.addoption("--seed", type=int, default=None, help="The seed of an earlier run, which is printed.")
    parser.addoption("--mutant", default=None, help="A fault of tests/chaos/mutants.py to plant in each process.")
