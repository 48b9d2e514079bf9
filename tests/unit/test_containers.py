"""What containers are handed: an engine whose key reaches no worker can't be asked."""

from pathlib import Path

import pytest

from engine_emulator.app import environment
from worker_svc.engines import registered

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("variable", sorted({kind.variable for kind in registered().values()}))
def test_the_workers_container_is_handed_each_engines_key_and_address(variable: str) -> None:
    composed = (ROOT / "docker-compose.yml").read_text()
    for name in (f"{variable}_API_KEY", f"{variable}_BASE_URL"):
        assert f"{name}: ${{{name}:-}}\n" in composed


def test_the_example_asks_each_emulated_engine() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert {f"{name}={value}" for name, value in environment("http://engine_emulator:8090").items()} <= set(lines)
