"""Requests and responses as OpenAPI shows them. Rules stand in the services; here are only names and types."""

from datetime import date, datetime
from math import isfinite
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from answerbeat.jsons import JsonObject

JobType = Literal["data_collection", "scoring", "data_collection_and_scoring", "answer_import"]
AskedJobType = Literal["data_collection", "scoring", "data_collection_and_scoring"]
"""What a schedule may do, and a run that is started."""
RunStatus = Literal["pending", "processing", "completed", "failed", "cancelled"]
RunTrigger = Literal["schedule", "manual", "backfill", "retry", "dependency"]
OverlapPolicy = Literal["skip", "queue", "cancel_running", "allow"]
CatchUp = Literal["latest", "all", "none"]
Surface = Literal["api", "results_page", "app"]
PageKind = Literal["own", "competitor", "press", "forum", "shop", "reference", "other"]
LimitScope = Literal["customer", "brand", "collector"]
Item = TypeVar("Item")


def _has_offset(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must carry an offset, such as 2026-03-08T07:00:00Z")
    return value


def _is_plain(value: JsonObject) -> JsonObject:
    _check_plain(value, MAX_DEPTH)
    return value


def _check_plain(value: object, depth: int) -> None:
    if depth == 0:
        raise ValueError(f"is nested more than {MAX_DEPTH} deep")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("holds NaN or Infinity, which JSON does not have")
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            _check_plain(inner, depth - 1)


MAX_DEPTH = 20
Metadata = Annotated[JsonObject, AfterValidator(_is_plain)]
Moment = Annotated[datetime, AfterValidator(_has_offset)]
MAY_BE_NULL = {"depends_on", "start_at", "end_at"}


class Body(BaseModel):
    """A request's body: unknown fields are errors, and a wrong type is not made right."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Page(BaseModel, Generic[Item]):
    """A page of a list."""

    data: list[Item]
    next_page_token: str | None


class ScheduledJobCreate(Body):
    """A new schedule."""

    customer_id: Annotated[UUID, Field(strict=False)]
    brand_id: Annotated[UUID, Field(strict=False)]
    job_type: AskedJobType
    cron_expression: str = Field(examples=["0 9 * * *"])
    timezone: str | None = Field(None, examples=["Europe/Paris"])
    is_active: bool | None = None
    metadata: Metadata | None = Field(None, examples=[{"collectors": ["chatgpt"], "positionLimit": 50}])
    overlap_policy: OverlapPolicy | None = None
    catch_up: CatchUp | None = None
    catchup_window_seconds: int | None = None
    jitter_seconds: int | None = None
    max_attempts: int | None = None
    timeout_seconds: int | None = None
    depends_on: Annotated[UUID, Field(strict=False)] | None = None
    start_at: Annotated[Moment, Field(strict=False)] | None = None
    end_at: Annotated[Moment, Field(strict=False)] | None = None
    pause_after_failures: int | None = None


class ScheduledJobUpdate(Body):
    """Changes to a schedule: the fields given. depends_on, start_at and end_at may be null, which takes them away."""

    job_type: AskedJobType | None = None
    cron_expression: str | None = None
    timezone: str | None = None
    is_active: bool | None = None
    metadata: Metadata | None = None
    overlap_policy: OverlapPolicy | None = None
    catch_up: CatchUp | None = None
    catchup_window_seconds: int | None = None
    jitter_seconds: int | None = None
    max_attempts: int | None = None
    timeout_seconds: int | None = None
    depends_on: Annotated[UUID, Field(strict=False)] | None = None
    start_at: Annotated[Moment, Field(strict=False)] | None = None
    end_at: Annotated[Moment, Field(strict=False)] | None = None
    pause_after_failures: int | None = None

    @model_validator(mode="after")
    def _has_no_nulls(self) -> "ScheduledJobUpdate":
        null = [name for name in self.model_fields_set - MAY_BE_NULL if getattr(self, name) is None]
        if null:
            raise ValueError(f"{', '.join(sorted(null))} must not be null; leave out what is not to change")
        return self


class ScheduledJob(BaseModel):
    """A schedule."""

    id: UUID
    customer_id: UUID
    brand_id: UUID
    job_type: AskedJobType
    cron_expression: str
    cron_description: str
    """The expression in words."""
    timezone: str
    is_active: bool
    metadata: JsonObject
    overlap_policy: OverlapPolicy
    catch_up: CatchUp
    catchup_window_seconds: int
    jitter_seconds: int
    max_attempts: int
    timeout_seconds: int
    depends_on: UUID | None
    start_at: str | None
    end_at: str | None
    pause_after_failures: int
    failures_in_a_row: int
    next_run_at: str | None
    last_run_at: str | None
    last_run_status: RunStatus | None
    created_at: str
    updated_at: str
    created_by: str


class BackfillRequest(Body):
    """A span of fire times."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    start: Annotated[Moment, Field(strict=False, alias="from")]
    end: Annotated[Moment, Field(strict=False, alias="to")]


class Backfill(BaseModel):
    """What a backfill did."""

    created: int
    existing: int


class PreviewRequest(Body):
    """An expression to look at."""

    cron_expression: str
    timezone: str | None = None
    count: int | None = None
    after: Annotated[Moment, Field(strict=False)] | None = None
    brand_id: Annotated[UUID, Field(strict=False)] | None = None
    """Whose questions would be asked, for a forecast of calls and cost."""
    metadata: JsonObject | None = None


class EngineForecast(BaseModel):
    """What 30 days of runs would ask of one engine."""

    collector: str
    calls: int
    cost_micro_usd: int | None
    missing: str | None


class Forecast(BaseModel):
    """What 30 days of runs would ask, and what that costs by what calls have cost lately."""

    calls: int
    cost_micro_usd: int
    engines: list[EngineForecast]


class FireTime(BaseModel):
    """One instant at which a schedule fires."""

    utc: str
    local: str
    note: str | None


class Preview(BaseModel):
    """When an expression fires."""

    description: str
    next_runs: list[FireTime]
    runs_in_30_days: int
    forecast: Forecast | None


class ScheduleEvent(BaseModel):
    """One decision about a schedule."""

    id: UUID
    schedule_id: UUID
    occurred_at: str
    kind: str
    reason: str
    run_id: UUID | None
    scheduled_for: str | None
    actor: str


class SetAsideReason(Body):
    """Why something is left out of the numbers."""

    reason: str


class SetAside(BaseModel):
    """What is left out of the numbers: why, by whom, and since when."""

    reason: str
    by: str
    at: str


class JobTrigger(Body):
    """How a job is to be run now."""

    is_test: bool | None = None
    """The run is to count nowhere."""


class JobRun(BaseModel):
    """A run."""

    id: UUID
    scheduled_job_id: UUID | None
    customer_id: UUID
    brand_id: UUID
    job_type: JobType
    status: RunStatus
    trigger: RunTrigger
    scheduled_for: str
    started_at: str | None
    finished_at: str | None
    attempt: int
    max_attempts: int
    progress: JsonObject
    error_message: str | None
    metrics: JsonObject
    metadata: JsonObject
    worker_id: str | None
    created_at: str
    cancel_requested: bool
    is_test: bool
    """It counts nowhere."""
    set_aside: SetAside | None
    """It is left out of the numbers."""


class Call(BaseModel):
    """One call to one engine in one run: it asks a question, or has an answer's tone judged."""

    id: UUID
    query_id: UUID
    question: str
    collector: str
    sample: int
    answer_id: UUID | None
    """The answer whose tone was judged; null for a call that asks the question."""
    status: Literal["asking", "answered", "no_overview", "failed", "unknown"]
    attempts: int
    latency_ms: int | None
    cost_micro_usd: int | None
    """Null when nobody knows what some attempt has cost."""
    error_kind: str | None
    error_message: str | None
    asked_at: str
    finished_at: str | None
    locale: str | None
    country: str | None
    city: str | None
    day: str
    """The day of UTC it counts for."""


class RunStart(Body):
    """A run to make now, without a schedule."""

    job_type: AskedJobType
    metadata: Metadata | None = Field(None, examples=[{"collectors": ["chatgpt"]}])
    is_test: bool | None = None
    """It is to count nowhere."""


class Import(BaseModel):
    """What came of an import."""

    imported: int
    """Lines that were taken in."""
    known: int
    """Lines that were taken in before, and add nothing."""
    run: JobRun | None
    """The run that brings them in."""


class RunDay(BaseModel):
    """The runs that were made on one day of UTC."""

    day: str
    completed: int
    failed: int
    cancelled: int
    open: int
    median_seconds: float | None
    p95_seconds: float | None
    p95_lateness_seconds: float | None
    """How long after its fire time a scheduled run began, jitter included."""
    cost_micro_usd: int


class RunTrends(BaseModel):
    """The runs of each day, oldest first."""

    days: list[RunDay]


class JobRunWithCalls(JobRun):
    """A run with its calls."""

    calls: list[Call]
    """The first hundred; `calls_next_page_token` leads to more."""
    calls_next_page_token: str | None


class LimitSet(Body):
    """A limit: what is left out is not bounded."""

    max_concurrent: int | None = None
    max_per_minute: int | None = None
    max_micro_usd_per_day: int | None = None
    max_micro_usd_per_month: int | None = None


class Limit(BaseModel):
    """What may go on at once and begin in a minute, over all workers."""

    scope: LimitScope
    key: str
    max_concurrent: int | None
    max_per_minute: int | None
    max_micro_usd_per_day: int | None
    max_micro_usd_per_month: int | None
    spent_micro_usd_today: int
    spent_micro_usd_this_month: int
    updated_at: str
    updated_by: str


Role = Literal["viewer", "operator", "admin"]


class TokenCreate(Body):
    """A new token."""

    name: str
    role: Role
    customer_id: Annotated[UUID, Field(strict=False)] | None = None
    """The only customer it may see; all when left out."""


class Token(BaseModel):
    """A token that was given out; its secret is kept nowhere."""

    id: UUID
    name: str
    role: Role
    customer_id: UUID | None
    created_at: str
    revoked_at: str | None


class NewToken(BaseModel):
    """A new token with its secret, which is never told again."""

    token: Token
    secret: str


class SignIn(Body):
    """A token to sign in with."""

    token: Annotated[str, Field(min_length=1, max_length=900)]


class Session(BaseModel):
    """Who is signed in, or whose token a request carries."""

    name: str
    role: Role
    customer_id: UUID | None
    """The only customer it may see; all when null."""


class CustomerCreate(Body):
    """A new customer."""

    name: str
    is_demo: bool = False
    """Its questions go to emulated engines only, whatever keys there are."""


class CustomerUpdate(Body):
    """A customer's other name."""

    name: str


class Customer(BaseModel):
    """A customer."""

    id: UUID
    name: str
    is_demo: bool
    created_at: str


class Competitor(Body):
    """A name to compare the brand with."""

    name: str
    aliases: list[str] = []
    domains: list[str] = []


class QueryCreate(Body):
    """A question to ask the engines."""

    text: str
    is_active: bool | None = None
    locale: str | None = None
    country: str | None = None
    is_branded: bool | None = None
    """Whether it names the brand, as a person says; null leaves it to the rules by which answers are read."""


class TopicCreate(Body):
    """A group of questions."""

    name: str
    queries: list[QueryCreate] = []


class BrandCreate(Body):
    """A new brand, with all that belongs to it."""

    customer_id: Annotated[UUID, Field(strict=False)]
    name: str
    aliases: list[str] = []
    domains: list[str] = []
    ai_models: list[str] = []
    competitors: list[Competitor] = []
    topics: list[TopicCreate] = []


class QueryUpdate(QueryCreate):
    """A question: one that is there already keeps its id."""

    id: Annotated[UUID, Field(strict=False)] | None = None


class TopicUpdate(Body):
    """A group of questions."""

    name: str
    queries: list[QueryUpdate] = []


class BrandUpdate(Body):
    """All that a brand is to have; what is left out goes."""

    name: str
    aliases: list[str] = []
    domains: list[str] = []
    ai_models: list[str] = []
    competitors: list[Competitor] = []
    topics: list[TopicUpdate]


class Finding(BaseModel):
    """Something that is in the way of a collection, or worth knowing."""

    severity: Literal["error", "warning", "info"]
    code: str
    message: str


class Diagnostics(BaseModel):
    """Why a collection would do nothing, or less than one expects; the worst first."""

    would_collect: bool
    findings: list[Finding]


class Brand(BaseModel):
    """A brand."""

    id: UUID
    customer_id: UUID
    name: str
    aliases: list[str]
    domains: list[str]
    ai_models: list[str]
    competitors: list[Competitor]
    created_at: str
    updated_at: str


class Query(BaseModel):
    """A question."""

    id: UUID
    text: str
    is_active: bool
    locale: str | None
    country: str | None
    is_branded: bool | None
    """As a person says; null leaves it to the rules by which answers are read."""


class TopicQueries(BaseModel):
    """A topic with its questions."""

    name: str
    query_count: int
    queries: list[Query]


class TopicsQueries(BaseModel):
    """What a brand asks."""

    topics: list[TopicQueries]
    total_queries: int
    active_queries: int


class Change(BaseModel):
    """Against as many days before."""

    previous: float
    p_value: float | None
    """How likely so large a difference is by chance; null where there is too little to tell."""
    is_significant: bool
    """More than chance; of all so marked in the response, at most one in twenty is expected to be none."""


class Estimate(BaseModel):
    """A number with its 95% interval; null where there is too little to tell."""

    value: float | None
    low: float | None
    high: float | None
    count: int
    """Answers it rests on."""
    change: Change | None


class NameInsight(BaseModel):
    """The numbers of a tracked name."""

    name: str
    is_brand: bool
    visibility: Estimate
    answers_named: int
    mentions: int
    share_of_voice: Estimate
    mean_position: Estimate
    first_places: Estimate
    mean_sentiment: Estimate
    citation_share: Estimate
    citations: int


class CallSums(BaseModel):
    """What became of the calls that asked."""

    asked: int
    answers: int
    """Read for positions."""
    no_overview: int
    """Results pages that showed no AI overview. They enter no other number."""
    failed: int
    cost_micro_usd: int
    """Of the calls whose price is known."""
    unpriced: int
    """Calls whose price is not known."""


class InsightGroup(BaseModel):
    """The numbers of a part of the answers."""

    key: str
    label: str
    answers: int
    names: list[NameInsight]
    calls: CallSums


class Insights(BaseModel):
    """The brand's numbers, then its competitors'."""

    answers: int
    answers_before: int | None
    """Of the days that are compared with."""
    names: list[NameInsight]
    series: list[InsightGroup]
    groups: list[InsightGroup]
    calls: CallSums


class Rival(BaseModel):
    """A competitor that is named instead."""

    name: str
    answers_named: int


class Source(BaseModel):
    """A domain that answers cite."""

    domain: str
    owner: str | None
    answers: int
    citations: int
    share: Estimate | None = None


class Opportunity(BaseModel):
    """A question whose answers name competitors and not the brand."""

    query_id: UUID
    question: str
    topic: str
    answers: int
    missed: int
    brand_named: int
    rivals: list[Rival]
    sources: list[Source]


class Opportunities(BaseModel):
    """Those with the most such answers first."""

    opportunities: list[Opportunity]


class Sources(BaseModel):
    """Those that most answers cite first."""

    answers: int
    sources: list[Source]


class SummedPage(BaseModel):
    """A page that answers cite, in one spelling."""

    url: str
    title: str | None
    domain: str
    owner: str | None
    kind: PageKind
    is_kind_by_hand: bool = Field(description="A person said so.")
    answers: int
    citations: int
    share: Estimate
    first_seen: date = Field(description="Of all answers that count, in the window or not.")
    last_seen: date


class SummedPages(BaseModel):
    """Those that most answers cite first."""

    answers: int = Field(description="That were read, whatever they cite.")
    data: list[SummedPage]
    next_page_token: str | None


class PageKindSet(Body):
    """A page, or all pages of a host or a registrable domain; one of the two is given."""

    url: str | None = None
    domain: str | None = None
    kind: PageKind


class PageKindTold(BaseModel):
    """What was said, in the spelling of lists."""

    url: str | None
    domain: str | None
    kind: PageKind


class Search(BaseModel):
    """What an engine searched for. Ways to write it that differ in case and white space are one."""

    text: str = Field(description="As it was first written.")
    answers: int
    times: int
    share: Estimate
    first_seen: date = Field(description="Of all answers that count, in the window or not.")
    last_seen: date


class Searches(BaseModel):
    """Those made for most answers first."""

    answers: int = Field(description="That were read, whatever was searched for.")
    data: list[Search]
    next_page_token: str | None


class SuggestedCompetitor(BaseModel):
    """A name that leads lists and is not tracked."""

    name: str
    answers: int
    mean_position: float


class SuggestedCompetitors(BaseModel):
    """Those that lead most lists first."""

    answers: int
    names: list[SuggestedCompetitor]


class Sentiment(BaseModel):
    """A tone, and the sentences that show it."""

    label: Literal["positive", "neutral", "negative"]
    score: float
    sentences: list[str]
    judge: str | None
    """Who judged, as collector/model; null for Answerbeat's own encoder."""


class NameScore(BaseModel):
    """How an answer speaks of a tracked name."""

    name: str
    is_brand: bool
    mentions: int
    position: int | None
    sentiment: Sentiment | None


class Citation(BaseModel):
    """A page an answer cites."""

    url: str
    title: str | None
    domain: str
    owner: str | None


class CitedPage(BaseModel):
    """A page as an engine told of it."""

    url: str
    title: str | None


class Answer(BaseModel):
    """An answer, and what was read off it."""

    id: UUID
    run_id: UUID
    query_id: UUID
    question: str
    collector: str
    sample: int
    model: str
    text: str
    search_queries: list[str]
    collected_at: str
    cost_micro_usd: int | None
    """Null where the price is not known."""
    latency_ms: int
    names: list[NameScore]
    citations: list[Citation]
    surface: Surface
    """Where it was shown."""
    locale: str | None
    country: str | None
    city: str | None
    day: str
    """The day of UTC it counts for."""
    is_branded: bool
    """The question names the brand."""
    searched: list[CitedPage]
    """What the engine looked at and did not cite."""
    rules: str | None
    """By which it was read for positions."""
    question_hash: str
    """SHA-256 of the question's text."""
    set_aside: SetAside | None
    """It is left out of the numbers."""
    run_set_aside: SetAside | None
    """Its run is left out of the numbers."""
    is_test: bool
    """Its run is a test, which counts nowhere."""


class Collector(BaseModel):
    """An engine, and whether it can be asked."""

    name: str
    title: str
    ready: bool
    missing: str | None
    base_url_overridden: bool
    is_emulated: bool
    """It is the emulator that answers: what it says is made up."""
    model: str
    typical_cost_micro_usd: int | None
    calls_last_day: int
    failures_last_day: int
    paused_until: str | None
    pause_reason: str | None
    max_concurrent: int | None
    max_per_minute: int | None
