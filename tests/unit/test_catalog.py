"""The rules of the catalog, without a database: what a change keeps, what runs would cost, what stands in their way."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from answerbeat.caller import Caller, Role
from answerbeat.errors import InvalidField, InvalidFields, NotFound, StaleEtag
from brand_svc.catalog import tokens
from brand_svc.catalog.content import BrandContent, CompetitorContent, QuestionContent, TopicContent, accepted
from brand_svc.catalog.diagnostics import Counts, Facts, Severity, SpentBudget, findings
from brand_svc.catalog.engines import NOBODY, EngineHealth, ReportedEngine, ReportedEngines
from brand_svc.catalog.forecast import EngineForecast, forecast
from brand_svc.catalog.keeping import Words, check_etag, etag_of, place_questions
from brand_svc.catalog.limits import LimitScope, check_collector, owner_of

FIRST, SECOND = UUID(int=1), UUID(int=2)
PRESENT = {FIRST: Words("Q1?", None, None), SECOND: Words("Q2?", "de", None)}


def question(text: str, key: str = "", locale: str | None = None) -> QuestionContent:
    return QuestionContent(key, text, True, locale, None)


def kept(*questions: QuestionContent) -> tuple[list[UUID | None], set[UUID]]:
    placed, left = place_questions(PRESENT, [TopicContent("T", questions)])
    return [place.id for place in placed], left


def test_a_question_is_known_by_its_id_or_else_by_its_words() -> None:
    assert kept(question("Else?", str(SECOND)), question("Q1?")) == ([SECOND, FIRST], set())
    assert kept(question("Q2?"), question("Q2?", locale="de")) == ([None, SECOND], {FIRST})


def test_a_question_is_taken_once() -> None:
    assert kept(question("Q1?", str(FIRST)), question("Q1?")) == ([FIRST, None], {SECOND})
    for wrong in (str(UUID(int=3)), "x", str(FIRST)):
        with pytest.raises(InvalidField) as refused:
            kept(question("Q1?", str(FIRST)), question("Else?", wrong))
        assert refused.value.violations[0].field == "topics[0].queries[1].id"


def test_an_etag_is_of_one_state() -> None:
    now = datetime(2026, 11, 25, 12, 0, 0, 123456, UTC)
    check_etag(etag_of(now), now)
    check_etag(None, now)
    with pytest.raises(StaleEtag):
        check_etag('"1.000000"', now)


def test_what_is_kept_of_a_brand_is_bare() -> None:
    topics = [TopicContent(" T ", [question(" Q? ")])]
    rivals = [CompetitorContent(" Countwise ", ["Count Wise ", " CW"], ["HTTPS://www.Countwise.example/"])]
    content = accepted(BrandContent(" Ledgerly ", [" L "], ["www.ledgerly.example"], ["chatgpt"], rivals, topics))
    assert (content.name, content.aliases, content.domains) == ("Ledgerly", ["L"], ["ledgerly.example"])
    assert content.competitors == [CompetitorContent("Countwise", ["Count Wise", "CW"], ["countwise.example"])]
    assert content.topics == [TopicContent("T", [question("Q?")])]
    with pytest.raises(InvalidFields):
        accepted(BrandContent(" ", [], [], [], [], []))


CLAUDE = ReportedEngine("claude", "Claude", "m", False, False, None)
CHATGPT = ReportedEngine("chatgpt", "ChatGPT", "m", False, True, None)
GROK = ReportedEngine("grok", "Grok", "m", False, True, "XAI_API_KEY is not set")


def health(name: str, typical: int | None = None, paused_until: datetime | None = None) -> EngineHealth:
    return EngineHealth(name, typical, 0, 0, paused_until, "it is busy" if paused_until else None, None, None)


def test_a_forecast_counts_the_calls_of_engines_that_can_be_asked() -> None:
    engines = ReportedEngines.told([CLAUDE, CHATGPT, GROK])
    known = {name: health(name, 7 if name == "chatgpt" else None) for name in ("chatgpt", "claude", "grok")}
    told = [*forecast([*known], 30, engines, known, is_demo=True)]
    assert told[0] == EngineForecast("chatgpt", 30, 210, None)
    assert (told[1].calls, told[1].micro_usd, told[1].missing) == (0, None, engines.why_not("claude", is_demo=True))
    assert (told[2].calls, told[2].missing) == (0, "XAI_API_KEY is not set")


RESTED = health("chatgpt")
WELL = Counts(questions=1, active_questions=1, schedules=1, active_schedules=1, open_runs=0)


def facts(
    counts: Counts = WELL,
    told: tuple[ReportedEngine, ...] = (CHATGPT,),
    asked: tuple[EngineHealth, ...] = (RESTED,),
    spent: tuple[SpentBudget, ...] = (),
) -> Facts:
    by_name = {state.collector: state for state in asked}
    return Facts(False, has_choice=True, counts=counts, engines=ReportedEngines.told(told), health=by_name, spent=spent)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (facts(), []),
        (facts(Counts(0, 0, 1, 1, 0)), [(Severity.ERROR, "no_query")]),
        (facts(Counts(2, 0, 1, 1, 0)), [(Severity.ERROR, "no_active_query")]),
        (facts(Counts(1, 1, 0, 0, 3)), [(Severity.INFO, "no_schedule")]),
        (facts(Counts(1, 1, 1, 1, 3)), [(Severity.INFO, "runs_open")]),
        (facts(spent=(SpentBudget("brand", "day", 0),)), [(Severity.ERROR, "budget_spent")]),
        (facts(told=(), asked=()), [(Severity.ERROR, "no_engine_ready")]),
        (
            facts(told=(GROK,), asked=(health("grok"),)),
            [(Severity.ERROR, "no_engine_ready"), (Severity.WARNING, "engine_not_ready")],
        ),
        (
            facts(Counts(1, 1, 0, 0, 0), asked=(health("chatgpt", paused_until=datetime(2026, 1, 1, tzinfo=UTC)),)),
            [(Severity.WARNING, "engine_paused"), (Severity.INFO, "no_schedule")],
        ),
    ],
)
def test_findings_are_told_with_the_worst_first(known: Facts, said: list[tuple[Severity, str]]) -> None:
    assert [(finding.severity, finding.code) for finding in findings(known)] == said


def test_engines_that_nobody_has_told_of_can_not_be_asked() -> None:
    engines = ReportedEngines.told([CHATGPT])
    assert (engines.ready(), engines.all["claude"].missing) == (["chatgpt"], NOBODY)


def test_the_key_of_a_limit_is_somebodys() -> None:
    assert owner_of(LimitScope.BRAND, str(FIRST)) == FIRST
    for key, why in (("x", "must be the id of a brand"), (FIRST.hex, "there is no brand")):
        with pytest.raises(InvalidField, match=why):
            owner_of(LimitScope.BRAND, key)
    with pytest.raises(InvalidField, match="chatgtp"):
        check_collector("chatgtp")


def test_a_bound_token_gives_tokens_of_its_own_customer_only() -> None:
    bound = Caller("bound", Role.ADMIN, customer_id=FIRST)
    assert (tokens.owner_of(None, bound), tokens.owner_of(FIRST, bound)) == (FIRST, FIRST)
    assert tokens.owner_of(None, Caller("free", Role.ADMIN)) is None
    with pytest.raises(NotFound):
        tokens.owner_of(SECOND, bound)
    assert tokens.new_secret().startswith("ab_")
    assert tokens.new_secret() != tokens.new_secret()
