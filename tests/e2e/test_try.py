"""`answerbeat try`: JSON on stdout, anything else on stderr."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.paths import DATA, RECORDINGS


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "answerbeat", "try", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)


def lines(*arguments: str, stdin: str = "") -> list[dict[str, Any]]:
    done = run(*arguments, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_cron() -> None:
    (told,) = lines(
        "cron", "0 9 * * *", "--timezone", "Europe/Paris", "--after", "2026-03-28T00:00:00Z", "--count", "2"
    )
    assert told == {
        "expression": "0 9 * * *",
        "timezone": "Europe/Paris",
        "description": "At 09:00",
        "next_runs": ["2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"],
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["61 * * * *"], "cron_expression: minute: 61 is not in 0-59"),
        (["0 9 * * *", "--timezone", "Mars/Base"], "timezone: Mars/Base"),
        (["0 9 * * *", "--after", "soon"], "--after: soon"),
    ],
)
def test_a_bad_cron_names_the_field(arguments: list[str], says: str) -> None:
    done = run("cron", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_answer() -> None:
    folder = RECORDINGS
    names = [str(folder / f"{name}.json") for name in ("openai_responses_web_search_news", "openai_error")]
    answer, error = lines("answer", "--collector", "chatgpt", *names)
    assert (answer["ok"], answer["model"], answer["file"]) == (True, "gpt-5-2025-08-07", names[0])
    assert len(answer["citations"]) == 3
    assert answer["cost_usd"] > 0
    assert error["ok"] is False
    assert (error["error"]["kind"], error["error"]["retryable"]) == ("rate_limited", False)
    (raw,) = lines("answer", "--collector", "chatgpt", "-", stdin="<html>")
    assert raw["error"]["kind"] == "unreadable"


def test_answer_of_an_unknown_collector_and_of_no_file() -> None:
    assert "known are bing_copilot, chatgpt" in run("answer", "--collector", "chatgtp", "x").stderr
    assert "No such file" in run("answer", "--collector", "chatgpt", "/nowhere").stderr


def test_score() -> None:
    file = DATA / "positions/examples.jsonl"
    told = lines("score", str(file))
    expected = [json.loads(line) for line in file.read_text().splitlines()]
    assert [entry["id"] for entry in told] == [entry["id"] for entry in expected]
    for entry, example in zip(told, expected, strict=True):
        names = {name: {k: v for k, v in facts.items() if k != "sentiment"} for name, facts in entry["names"].items()}
        assert names == example["expected"]
        assert entry["citations"] == example["citations"]
        assert all((f["sentiment"] is None) == (f["mentions"] == 0) for f in entry["names"].values())


def test_sentiment() -> None:
    file = DATA / "sentiment/newsmtsc_dev.jsonl"
    told = lines("sentiment", str(file))
    targets = [t for line in file.read_text().splitlines() for t in json.loads(line)["targets"]]
    assert [(t["from"], t["to"]) for t in told] == [(t["from"], t["to"]) for t in targets]
    # The README of the data has 54 for VADER on the target's clause, 50 on the sentence, 22 for always the same.
    assert macro_f1([t["polarity"] for t in told], [int(t["polarity"]) for t in targets]) > 0.5


def test_a_line_that_is_not_json_is_named() -> None:
    done = run("score", "-", stdin='{"a"\n')
    assert done.returncode == 2
    assert "line 1" in done.stderr


@pytest.mark.parametrize("command", ["score", "sentiment"])
@pytest.mark.parametrize("line", ["{}", "[]", "null", "5", '{"answer": 5, "brand": 6}', '{"targets": [{}]}'])
def test_a_line_of_another_shape_is_named_and_the_right_one_is_shown(command: str, line: str) -> None:
    done = run(command, "-", stdin=line)
    assert done.returncode == 2
    assert "line 1" in done.stderr
    assert "a line is an object like" in done.stderr
    assert "Traceback" not in done.stderr


def macro_f1(told: list[int], true: list[int]) -> float:
    scores = []
    for label in (2, 4, 6):
        right = sum(t == label == e for t, e in zip(told, true, strict=True))
        scores.append(2 * right / (told.count(label) + true.count(label)))
    return sum(scores) / len(scores)
