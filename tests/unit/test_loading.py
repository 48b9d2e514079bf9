"""What a worker loads at its start: not the SDKs of engines that it may never ask."""

import subprocess
import sys

import pytest

START = """
import sys
import worker_svc.main
from engine_emulator.app import environment
from worker_svc.engines import Engines
engines = Engines.from_environment(environment("http://127.0.0.1:1"), 10)
before = set(sys.modules)
engines["{engine}"].load()
print("{sdk}" in before, "{sdk}" in sys.modules)
"""


@pytest.mark.parametrize(
    ("engine", "sdk"), [("claude", "anthropic"), ("gemini", "google.genai"), ("mistral", "mistralai.client.sdk")]
)
def test_an_engines_sdk_is_imported_when_the_engine_is_asked_first(engine: str, sdk: str) -> None:
    command = [sys.executable, "-c", START.format(engine=engine, sdk=sdk)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    assert told.stdout.split() == ["False", "True"], told.stderr
