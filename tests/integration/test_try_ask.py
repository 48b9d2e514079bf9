"""`answerbeat try ask`: one question to an engine, as a person would try a key of theirs, against the emulator."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from engine_emulator.app import environment
from worker_svc.engines import registered

BARE = {name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL", "_MODEL"))}
QUESTION = "What are the best hiking boots?"
WITHOUT_PRICE = ("openai_compatible",)
WITHOUT_SOURCES = ("deepseek", "openai_compatible")


async def ask(*arguments: str, environment: Mapping[str, str]) -> tuple[int | None, str, str]:
    """The exit code, and what was said on stdout and on stderr."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "answerbeat", "try", "ask", *arguments, env=dict(environment), stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
def keys(emulator: httpx2.AsyncClient) -> dict[str, str]:
    return BARE | environment(str(emulator.base_url))


@pytest.mark.parametrize("name", sorted(set(registered()) - {"google_aio"}))
async def test_each_engine_is_asked_and_what_was_read_is_shown(name: str, keys: dict[str, str]) -> None:
    code, said, _ = await ask("--collector", name, "--json", QUESTION, environment=keys)
    told: dict[str, Any] = json.loads(said)
    assert (code, told["ok"], told["collector"]) == (0, True, name)
    assert told["text"]
    assert told["finish_reason"]
    assert told["latency_ms"] > 0
    assert (told["cost_usd"] is None) == (name in WITHOUT_PRICE)
    assert (told["citations"] == []) == (name in WITHOUT_SOURCES)


async def test_a_person_reads_what_was_asked_of_whom_and_what_it_cost(
    keys: dict[str, str], emulator: httpx2.AsyncClient, tmp_path: Path
) -> None:
    place = ("--locale", "de", "--country", "DE", "--city", "Köln")
    file = tmp_path / "body.json"
    code, said, before = await ask("--collector", "chatgpt", *place, "--body", str(file), QUESTION, environment=keys)
    assert code == 0
    assert f"Asking ChatGPT (gpt-6.1-sol) at {emulator.base_url}" in before
    assert f", in de, from DE, in the city of Köln: {QUESTION}\nThis is a call that is paid for." in before
    model, cost, *rest = said.splitlines()
    assert model.startswith("Model: gpt-6.1-sol, finished with completed in ")
    assert cost.startswith("Cost: $0.0")
    assert "8000 in, " in cost
    assert "Searched for:" in rest
    assert "Cited:" in rest
    assert any(line.startswith("  1. https://") for line in rest)
    body = json.loads(file.read_text())
    assert body["output"][-1]["content"][0]["text"].strip() in said


async def test_an_engine_that_refuses_is_told_with_its_kind_and_whether_to_ask_again(
    keys: dict[str, str], emulator: httpx2.AsyncClient
) -> None:
    await emulator.put("/emulator/faults", json=[{"kind": "rate_limit", "retry_after": 7}])
    code, said, _ = await ask("--collector", "chatgpt", QUESTION, environment=keys)
    assert (code, said.splitlines()) == (
        1,
        ["No answer (rate_limited): Rate limit reached. Slow down.", "Asking again may help in 7 s.", "Cost: $0.0000"],
    )
    await emulator.put("/emulator/faults", json=[{"kind": "unauthorized"}])
    code, said, _ = await ask("--collector", "chatgpt", "--json", QUESTION, environment=keys)
    error = json.loads(said)["error"]
    assert (code, error["kind"], error["retryable"], error["is_fate_unknown"]) == (1, "unauthorized", False, False)


async def test_a_page_without_an_overview_was_paid_for(keys: dict[str, str], emulator: httpx2.AsyncClient) -> None:
    await emulator.put("/emulator/faults", json=[{"kind": "no_overview"}])
    code, said, before = await ask("--collector", "google_aio", "--json", QUESTION, environment=keys)
    told = json.loads(said)
    assert (code, told["ok"], told["cost_usd"]) == (1, False, 0.015)
    assert "charges nothing" in before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--collector", "chatgpt"], "chatgpt: OPENAI_API_KEY is not set"),
        (["--collector", "openai_compatible"], "OPENAI_COMPATIBLE_BASE_URL and OPENAI_COMPATIBLE_MODEL are not set"),
        (["--collector", "chatgtp"], "--collector: chatgtp is not a collector; known are bing_copilot, chatgpt"),
        (["--collector", "chatgpt", "--country", "de"], "--country: must be two capital letters"),
        (["--collector", "chatgpt", "--locale", "german"], "--locale: must be a language tag"),
    ],
)
async def test_what_can_not_be_asked_is_said_before_anything_is(arguments: list[str], says: str) -> None:
    code, said, why = await ask(*arguments, QUESTION, environment=BARE)
    assert (code, said) == (2, "")
    assert says in why


async def test_a_body_that_can_not_be_kept_is_told_before_anything_is_paid(keys: dict[str, str]) -> None:
    code, said, why = await ask("--collector", "chatgpt", "--body", "/nowhere/b", QUESTION, environment=keys)
    assert (code, said) == (2, "")
    assert "--body: /nowhere/b: No such file or directory" in why


async def test_the_key_is_shown_nowhere(keys: dict[str, str], tmp_path: Path) -> None:
    key, file = "emulated-but-secret-123", tmp_path / "body.json"
    asked = ("--collector", "google_ai_mode", "--body", str(file), QUESTION)
    code, said, before = await ask(*asked, environment=keys | {"SERPAPI_API_KEY": key})
    assert code == 0
    assert key not in said + before + file.read_text()
