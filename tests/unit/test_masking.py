"""Keys are hidden in what engines say, and names of models beside them are not."""

import pytest

from worker_svc.collectors.collector import Access
from worker_svc.collectors.errors import EngineError, ErrorKind

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-Ab12_cd-34EF56gh78",
        "sk-ant-api03-R2D2-c3po_42AA",
        f"sk-or-v1-{HEX}",
        "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",
        "xai-Jq8Vw2Zk5Lm9Rt3Yp7Bn4Xc6",
        "gsk_Jq8Vw2Zk5Lm9Rt3Yp7Bn4Xc6",
        "hf_Jq8Vw2Zk5Lm9Rt3Yp7Bn4Xc6",
        "AIza" + "Sy0-9_aB" * 4 + "xyz",
        "sk-abc***********wxyz",
        "xa***bc",
    ],
)
def test_a_key_is_hidden_wherever_it_stands(key: str) -> None:
    for before, after in (
        ("Incorrect API key provided: ", ". See the docs."),
        ('{"key": "', '"}'),
        ("(", ")"),
        ("", ""),
    ):
        assert said(f"{before}{key}{after}") == f"{before}[key]{after}"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Authorization: Bearer abcdef1234567890", "Authorization: Bearer [key]"),
        (f"GET /search.json?q=crm&api_key={HEX}&hl=de", "GET /search.json?q=crm&api_key=[key]&hl=de"),
        (f'{{"x-api-key": "{HEX}"}}', '{"x-api-key": "[key]"}'),
        ("the bearer a1b2c3d4e5 has expired", "the bearer [key] has expired"),
    ],
)
def test_what_a_header_or_a_parameter_holds_is_hidden(message: str, shown: str) -> None:
    assert said(message) == shown


@pytest.mark.parametrize(
    "message",
    [
        "model must be one of: pplx-embed-v1-0.6b pplx-embed-v1-4b",
        "model must be one of: qwen3.6b, qwen3.6-35b-a3b, mistral-small-latest:24b, gpt-5-2025-08-07",
        "The model task-runner-123456 or risk-model-1234567 does not exist.",
        "This request has more tokens than 128000: max token exceeded, token limit 4096.",
        "The API key is missing; set the authorization header, or api_key: required.",
        "request_id 6ac4de69de20ee99aa9b9f71a7bc0123, see https://docs.example/key-concepts-of-authentication",
        "A **bold** and a *** rule *** are no keys.",
    ],
)
def test_nothing_else_is_hidden(message: str) -> None:
    assert said(message) == message


def test_a_key_of_this_process_is_hidden_whatever_it_looks_like() -> None:
    Access(key="correct horse battery", base_url="", model="")
    Access(key="none", base_url="", model="")
    assert said("The key correct horse battery is none of ours.") == "The key [key] is none of ours."


def said(message: str) -> str:
    return EngineError(ErrorKind.UNAUTHORIZED, message).message
