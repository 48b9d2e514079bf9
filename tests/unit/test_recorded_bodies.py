"""Every recorded body is read as it says itself, by a truth that is worked out without the collectors."""

import re

import pytest

from tests.unit import engine_truth, page_truth
from tests.unit.truth import Reader, Recording, Truth, error_of_status, recordings
from worker_svc.collectors import prices
from worker_svc.collectors.collector import Answer, Source
from worker_svc.collectors.errors import EngineError
from worker_svc.engines import registered

prices.load()
READERS: dict[str, Reader] = {
    "bing_copilot": page_truth.of_answer_page,
    "chatgpt": engine_truth.of_responses,
    "claude": engine_truth.of_claude,
    "deepseek": engine_truth.of_chat,
    "gemini": engine_truth.of_gemini,
    "google_ai_mode": page_truth.of_answer_page,
    "google_aio": page_truth.of_overview,
    "grok": engine_truth.of_responses,
    "mistral": engine_truth.of_mistral,
    "openai_compatible": engine_truth.of_chat,
    "perplexity": engine_truth.of_perplexity,
}
ALL = recordings()
MARKUP = re.compile(r"[\s|*#\\`·-]+")
"""What Markdown adds to a page's texts."""


def truth_of(recording: Recording) -> Truth:
    error = error_of_status(recording.status, recording.json)
    return Truth(error) if error else READERS[recording.collector](recording.json)


def read(recording: Recording) -> Answer:
    return registered()[recording.collector].read(recording.exchange)


def pages(sources: tuple[Source, ...]) -> set[tuple[str, str | None]]:
    return {(source.url, source.title) for source in sources}


ANSWERS = [recording for recording in ALL if truth_of(recording).error is None]
REFUSALS = [recording for recording in ALL if truth_of(recording).error is not None]


def names(recordings: list[Recording]) -> list[str]:
    return [f"{recording.collector}/{recording.name}" for recording in recordings]


def test_each_collector_has_a_body_that_is_an_answer() -> None:
    assert {recording.collector for recording in ANSWERS} == set(registered())


@pytest.mark.parametrize("recording", REFUSALS, ids=names(REFUSALS))
def test_what_holds_no_answer_is_told_by_its_kind(recording: Recording) -> None:
    with pytest.raises(EngineError) as caught:
        read(recording)
    assert caught.value.kind == truth_of(recording).error


@pytest.mark.parametrize("recording", ANSWERS, ids=names(ANSWERS))
def test_the_text_is_all_that_is_shown_and_nothing_else(recording: Recording) -> None:
    assert MARKUP.sub("", read(recording).text) == MARKUP.sub("", "".join(truth_of(recording).texts))


@pytest.mark.parametrize("recording", ANSWERS, ids=names(ANSWERS))
def test_each_source_is_there_with_its_title_and_nothing_else(recording: Recording) -> None:
    citations = read(recording).citations
    assert pages(citations) == set(truth_of(recording).sources)
    assert len({source.url for source in citations}) == len(citations)


@pytest.mark.parametrize("recording", ANSWERS, ids=names(ANSWERS))
def test_what_was_searched_and_not_cited_is_kept_apart(recording: Recording) -> None:
    assert pages(read(recording).searched) == set(truth_of(recording).searched)


@pytest.mark.parametrize("recording", ANSWERS, ids=names(ANSWERS))
def test_the_queries_the_model_and_the_tokens_are_the_bodys(recording: Recording) -> None:
    answer, truth = read(recording), truth_of(recording)
    if "serpapi" not in registered()[recording.collector].base_url:
        assert (list(answer.search_queries), answer.model) == (truth.queries, truth.model)
    for read_as, told in zip((answer.input_tokens, answer.output_tokens), truth.tokens, strict=True):
        assert told is None or read_as == told
