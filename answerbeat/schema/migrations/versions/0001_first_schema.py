"""The first schema.

Written as SQL so that it can be read as the reference of what the database guarantees.
tests/integration/test_schema.py checks that the mapped classes agree with it.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CUSTOMERS = """
CREATE TABLE customers (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    is_demo     boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_customers_name UNIQUE (name)
);

CREATE TABLE api_tokens (
    id           uuid PRIMARY KEY,
    customer_id  uuid REFERENCES customers (id) ON DELETE CASCADE,
    name         text NOT NULL,
    role         text NOT NULL,
    token_hash   bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    revoked_at   timestamptz,
    CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash),
    CONSTRAINT ck_api_tokens_role CHECK (role IN ('viewer', 'operator', 'admin'))
);

CREATE TABLE idempotency_keys (
    caller        text NOT NULL,
    key           text NOT NULL,
    method        text NOT NULL,
    request_hash  bytea NOT NULL,
    response      bytea,
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);
"""

BRANDS = """
CREATE TABLE brands (
    id           uuid PRIMARY KEY,
    customer_id  uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    name         text NOT NULL,
    aliases      text[] NOT NULL DEFAULT '{}',
    domains      text[] NOT NULL DEFAULT '{}',
    ai_models    text[] NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_brands_customer_id_name UNIQUE (customer_id, name),
    -- What other tables refer to, so that a brand of another customer can't be named.
    CONSTRAINT uq_brands_id_customer_id UNIQUE (id, customer_id)
);

CREATE TABLE competitors (
    id           uuid PRIMARY KEY,
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL,
    name         text NOT NULL,
    aliases      text[] NOT NULL DEFAULT '{}',
    domains      text[] NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_competitors_brand_id_name UNIQUE (brand_id, name),
    CONSTRAINT fk_competitors_brand FOREIGN KEY (brand_id, customer_id)
        REFERENCES brands (id, customer_id) ON DELETE CASCADE
);

CREATE TABLE topics (
    id           uuid PRIMARY KEY,
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL,
    name         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT uq_topics_brand_id_name UNIQUE (brand_id, name),
    CONSTRAINT fk_topics_brand FOREIGN KEY (brand_id, customer_id)
        REFERENCES brands (id, customer_id) ON DELETE CASCADE
);

CREATE TABLE generated_queries (
    id           uuid PRIMARY KEY,
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL,
    topic_id     uuid NOT NULL REFERENCES topics (id) ON DELETE CASCADE,
    text         text NOT NULL,
    is_active    boolean NOT NULL DEFAULT true,
    locale       text,
    country      text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT fk_generated_queries_brand FOREIGN KEY (brand_id, customer_id)
        REFERENCES brands (id, customer_id) ON DELETE CASCADE
);
-- A question may be longer than an index entry.
CREATE UNIQUE INDEX uq_generated_queries_text ON generated_queries (brand_id, md5(text), locale, country)
    NULLS NOT DISTINCT;
CREATE INDEX ix_generated_queries_topic_id ON generated_queries (topic_id);
"""

SCHEDULES = """
CREATE TABLE scheduled_jobs (
    id                      uuid PRIMARY KEY,
    customer_id             uuid NOT NULL,
    brand_id                uuid NOT NULL,
    job_type                text NOT NULL,
    cron_expression         text NOT NULL,
    timezone                text NOT NULL,
    is_active               boolean NOT NULL,
    metadata                jsonb NOT NULL DEFAULT '{}',
    overlap_policy          text NOT NULL,
    catch_up                text NOT NULL,
    catchup_window_seconds  integer NOT NULL,
    jitter_seconds          integer NOT NULL,
    max_attempts            integer NOT NULL,
    timeout_seconds         integer NOT NULL,
    depends_on              uuid REFERENCES scheduled_jobs (id),
    -- No fire before, and none from then on.
    start_at                timestamptz,
    end_at                  timestamptz,
    -- Switched off after so many failed runs in a row; 0 is never.
    pause_after_failures    integer NOT NULL DEFAULT 0,
    failures_in_a_row       integer NOT NULL DEFAULT 0,
    next_run_at             timestamptz,
    last_run_at             timestamptz,
    last_run_status         text,
    created_at              timestamptz NOT NULL DEFAULT now(),
    updated_at              timestamptz NOT NULL DEFAULT now(),
    created_by              text NOT NULL,
    version                 integer NOT NULL DEFAULT 1,
    deleted_at              timestamptz,
    CONSTRAINT fk_scheduled_jobs_brand FOREIGN KEY (brand_id, customer_id)
        REFERENCES brands (id, customer_id) ON DELETE CASCADE,
    CONSTRAINT ck_scheduled_jobs_job_type
        CHECK (job_type IN ('data_collection', 'scoring', 'data_collection_and_scoring')),
    CONSTRAINT ck_scheduled_jobs_overlap_policy
        CHECK (overlap_policy IN ('skip', 'queue', 'cancel_running', 'allow')),
    CONSTRAINT ck_scheduled_jobs_catch_up CHECK (catch_up IN ('latest', 'all', 'none')),
    CONSTRAINT ck_scheduled_jobs_last_run_status
        CHECK (last_run_status IN ('completed', 'failed', 'cancelled')),
    -- One that has ended is active but has no next fire.
    CONSTRAINT ck_scheduled_jobs_next_run_at
        CHECK (next_run_at IS NULL OR (is_active AND deleted_at IS NULL)),
    CONSTRAINT ck_scheduled_jobs_span CHECK (start_at < end_at),
    CONSTRAINT ck_scheduled_jobs_bounds
        CHECK (catchup_window_seconds >= 0 AND jitter_seconds >= 0 AND max_attempts >= 1 AND timeout_seconds >= 1
               AND pause_after_failures >= 0)
);
CREATE INDEX ix_scheduled_jobs_due ON scheduled_jobs (next_run_at) WHERE next_run_at IS NOT NULL;
CREATE INDEX ix_scheduled_jobs_customer_id ON scheduled_jobs (customer_id, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_scheduled_jobs_brand_id ON scheduled_jobs (brand_id, id) WHERE deleted_at IS NULL;

CREATE TABLE job_runs (
    id                   uuid PRIMARY KEY,
    customer_id          uuid NOT NULL,
    brand_id             uuid NOT NULL,
    -- A deleted schedule keeps its row, so that history can be followed.
    scheduled_job_id     uuid REFERENCES scheduled_jobs (id) ON DELETE CASCADE,
    job_type             text NOT NULL,
    status               text NOT NULL DEFAULT 'pending',
    trigger              text NOT NULL,
    scheduled_for        timestamptz NOT NULL,
    -- Lower goes first.
    priority             smallint NOT NULL DEFAULT 5,
    -- Not leased before: jitter, or the pause before another attempt.
    available_at         timestamptz NOT NULL,
    -- Waits until earlier runs of its schedule have ended.
    is_exclusive         boolean NOT NULL DEFAULT false,
    -- When a person last asked to run it again: what had no answer by then is asked again, paid for or not.
    retried_at           timestamptz,
    attempt              integer NOT NULL DEFAULT 0,
    max_attempts         integer NOT NULL,
    timeout_seconds      integer NOT NULL,
    lease_token          uuid,
    lease_expires_at     timestamptz,
    deadline_at          timestamptz,
    cancel_requested_at  timestamptz,
    worker_id            text,
    started_at           timestamptz,
    finished_at          timestamptz,
    progress             jsonb NOT NULL DEFAULT '{}',
    metrics              jsonb NOT NULL DEFAULT '{}',
    metadata             jsonb NOT NULL DEFAULT '{}',
    error_message        text,
    created_at           timestamptz NOT NULL DEFAULT now(),
    -- The transaction that last changed its status or progress: what a watcher has not seen yet is greater.
    change_xid           bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    CONSTRAINT fk_job_runs_brand FOREIGN KEY (brand_id, customer_id)
        REFERENCES brands (id, customer_id) ON DELETE CASCADE,
    CONSTRAINT ck_job_runs_job_type
        CHECK (job_type IN ('data_collection', 'scoring', 'data_collection_and_scoring')),
    CONSTRAINT ck_job_runs_status
        CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    CONSTRAINT ck_job_runs_trigger
        CHECK (trigger IN ('schedule', 'manual', 'backfill', 'retry', 'dependency')),
    CONSTRAINT ck_job_runs_lease CHECK ((status = 'processing') = (lease_token IS NOT NULL)),
    CONSTRAINT ck_job_runs_finished
        CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
)
-- A heartbeat touches no indexed column; with room on the page it costs no index entry.
WITH (fillfactor = 70);
-- A fire time becomes at most one run, however many schedulers are alive.
CREATE UNIQUE INDEX uq_job_runs_fire ON job_runs (scheduled_job_id, scheduled_for)
    WHERE trigger IN ('schedule', 'backfill');
CREATE INDEX ix_job_runs_ready ON job_runs (customer_id, priority, available_at, id) WHERE status = 'pending';
CREATE INDEX ix_job_runs_available ON job_runs (available_at) WHERE status = 'pending';
CREATE INDEX ix_job_runs_leased ON job_runs (customer_id, brand_id) WHERE status = 'processing';
CREATE INDEX ix_job_runs_change_xid ON job_runs (change_xid, id);
CREATE INDEX ix_job_runs_open ON job_runs (scheduled_job_id, scheduled_for, id)
    WHERE status IN ('pending', 'processing');
CREATE INDEX ix_job_runs_scheduled_job_id ON job_runs (scheduled_job_id, id);
CREATE INDEX ix_job_runs_customer_id ON job_runs (customer_id, id);
CREATE INDEX ix_job_runs_brand_id ON job_runs (brand_id, id);

-- What may go on at once and begin in a minute, over all workers.
CREATE TABLE limits (
    scope           text NOT NULL,
    -- The id of a customer or a brand, or a collector's name.
    key             text NOT NULL,
    -- Runs of a customer or brand; calls of a collector.
    max_concurrent  integer,
    -- Calls to engines.
    max_per_minute  integer,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    updated_by      text NOT NULL,
    PRIMARY KEY (scope, key),
    CONSTRAINT ck_limits_scope CHECK (scope IN ('customer', 'brand', 'collector')),
    CONSTRAINT ck_limits_bounds CHECK (max_concurrent >= 1 AND max_per_minute >= 1),
    CONSTRAINT ck_limits_something CHECK (max_concurrent IS NOT NULL OR max_per_minute IS NOT NULL)
);

CREATE TABLE schedule_events (
    id             uuid PRIMARY KEY,
    customer_id    uuid NOT NULL,
    schedule_id    uuid NOT NULL REFERENCES scheduled_jobs (id) ON DELETE CASCADE,
    occurred_at    timestamptz NOT NULL DEFAULT now(),
    kind           text NOT NULL,
    reason         text NOT NULL,
    run_id         uuid,
    scheduled_for  timestamptz,
    actor          text NOT NULL
);
CREATE INDEX ix_schedule_events_schedule_id ON schedule_events (schedule_id, id);
"""

ANSWERS = """
CREATE TABLE query_executions (
    id              uuid PRIMARY KEY,
    customer_id     uuid NOT NULL,
    job_run_id      uuid NOT NULL REFERENCES job_runs (id) ON DELETE CASCADE,
    query_id        uuid NOT NULL,
    question        text NOT NULL,
    collector       text NOT NULL,
    status          text NOT NULL,
    attempts        integer NOT NULL DEFAULT 0,
    latency_ms      integer,
    cost_micro_usd  bigint NOT NULL DEFAULT 0,
    error_kind      text,
    error_message   text,
    -- Whether another try may help, and is no second bill.
    is_retryable    boolean NOT NULL DEFAULT false,
    -- The body of an answer that could not be read.
    raw_response    text,
    asked_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at     timestamptz,
    brand_id        uuid NOT NULL,
    -- One call a run, question and engine: what has been answered is not asked again.
    CONSTRAINT uq_query_executions_call UNIQUE (job_run_id, query_id, collector),
    CONSTRAINT ck_query_executions_status CHECK (status IN ('asking', 'answered', 'failed', 'unknown')),
    CONSTRAINT ck_query_executions_finished CHECK ((status = 'asking') = (finished_at IS NULL))
);

CREATE INDEX ix_query_executions_asking ON query_executions (collector) WHERE status = 'asking';
CREATE INDEX ix_query_executions_collector ON query_executions (collector, asked_at);
CREATE INDEX ix_query_executions_customer_id ON query_executions (customer_id, asked_at);
CREATE INDEX ix_query_executions_brand_id ON query_executions (brand_id, asked_at);

CREATE TABLE collector_results (
    id                   uuid PRIMARY KEY,
    customer_id          uuid NOT NULL,
    brand_id             uuid NOT NULL,
    job_run_id           uuid NOT NULL REFERENCES job_runs (id) ON DELETE CASCADE,
    query_id             uuid NOT NULL,
    question             text NOT NULL,
    topic                text NOT NULL,
    collector            text NOT NULL,
    model                text NOT NULL,
    answer               text NOT NULL,
    -- What the engine itself cited: [{"url": , "title": }] in its order.
    engine_citations     jsonb NOT NULL DEFAULT '[]',
    search_queries       text[] NOT NULL DEFAULT '{}',
    finish_reason        text,
    input_tokens         integer,
    output_tokens        integer,
    cost_micro_usd       bigint NOT NULL DEFAULT 0,
    latency_ms           integer NOT NULL,
    -- The body as the engine sent it.
    raw_response         text NOT NULL,
    created_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Versions of the rules that read it; NULL while unread.
    positions_version    integer,
    sentiments_version   integer,
    CONSTRAINT uq_collector_results_call UNIQUE (job_run_id, query_id, collector),
    CONSTRAINT fk_collector_results_brand FOREIGN KEY (brand_id, customer_id)
        REFERENCES brands (id, customer_id) ON DELETE CASCADE
);
CREATE INDEX ix_collector_results_brand_id ON collector_results (brand_id, id);
CREATE INDEX ix_collector_results_created_at ON collector_results (brand_id, created_at);
CREATE INDEX ix_collector_results_unplaced ON collector_results (brand_id, id) WHERE positions_version IS NULL;
CREATE INDEX ix_collector_results_unjudged ON collector_results (brand_id, id) WHERE sentiments_version IS NULL;

CREATE TABLE extracted_positions (
    collector_result_id  uuid NOT NULL REFERENCES collector_results (id) ON DELETE CASCADE,
    customer_id          uuid NOT NULL,
    brand_id             uuid NOT NULL,
    name                 text NOT NULL,
    is_brand             boolean NOT NULL,
    mentions             integer NOT NULL,
    position             integer,
    version              integer NOT NULL,
    PRIMARY KEY (collector_result_id, name),
    CONSTRAINT ck_extracted_positions_position CHECK (position >= 1 AND mentions >= 1 OR position IS NULL),
    CONSTRAINT ck_extracted_positions_mentions CHECK (mentions >= 0)
);
CREATE INDEX ix_extracted_positions_brand_id ON extracted_positions (brand_id);

CREATE TABLE extracted_sentiments (
    collector_result_id  uuid NOT NULL REFERENCES collector_results (id) ON DELETE CASCADE,
    customer_id          uuid NOT NULL,
    brand_id             uuid NOT NULL,
    name                 text NOT NULL,
    is_brand             boolean NOT NULL,
    label                text NOT NULL,
    score                double precision NOT NULL,
    sentences            text[] NOT NULL,
    version              integer NOT NULL,
    PRIMARY KEY (collector_result_id, name),
    CONSTRAINT ck_extracted_sentiments_label CHECK (label IN ('positive', 'neutral', 'negative')),
    CONSTRAINT ck_extracted_sentiments_score CHECK (score BETWEEN -1 AND 1)
);
CREATE INDEX ix_extracted_sentiments_brand_id ON extracted_sentiments (brand_id);

CREATE TABLE citations (
    collector_result_id  uuid NOT NULL REFERENCES collector_results (id) ON DELETE CASCADE,
    customer_id          uuid NOT NULL,
    brand_id             uuid NOT NULL,
    -- Its place among the answer's citations, from 1.
    ordinal              integer NOT NULL,
    url                  text NOT NULL,
    title                text,
    domain               text NOT NULL,
    owner                text,
    PRIMARY KEY (collector_result_id, ordinal)
);
CREATE INDEX ix_citations_brand_id ON citations (brand_id, domain);
"""


def upgrade() -> None:
    """Creates everything."""
    for part in (CUSTOMERS, BRANDS, SCHEDULES, ANSWERS):
        op.execute(part)


def downgrade() -> None:
    """Drops everything."""
    op.execute("""
        DROP TABLE citations, extracted_sentiments, extracted_positions, collector_results, query_executions,
            schedule_events, limits, job_runs, scheduled_jobs, generated_queries, topics, competitors, brands,
            idempotency_keys, api_tokens, customers
    """)
