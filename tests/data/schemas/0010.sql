SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.measured_day(scheduled_for timestamp with time zone, asked_at timestamp with time zone) RETURNS date
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((CASE WHEN ((asked_at >= (scheduled_for - '06:00:00'::interval)) AND (asked_at <= (scheduled_for + '06:00:00'::interval))) THEN scheduled_for ELSE asked_at END AT TIME ZONE 'UTC'::text))::date;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.api_tokens (
    id uuid NOT NULL,
    customer_id uuid,
    name text NOT NULL,
    role text NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT ck_api_tokens_role CHECK ((role = ANY (ARRAY['viewer'::text, 'operator'::text, 'admin'::text])))
);
CREATE TABLE public.brands (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    name text NOT NULL,
    aliases text[] DEFAULT '{}'::text[] NOT NULL,
    domains text[] DEFAULT '{}'::text[] NOT NULL,
    ai_models text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE public.limits (
    scope text NOT NULL,
    key text NOT NULL,
    max_concurrent integer,
    max_per_minute integer,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_by text NOT NULL,
    max_micro_usd_per_day bigint,
    max_micro_usd_per_month bigint,
    CONSTRAINT ck_limits_bounds CHECK (((max_concurrent >= 1) AND (max_per_minute >= 1) AND (max_micro_usd_per_day >= 0) AND (max_micro_usd_per_month >= 0))),
    CONSTRAINT ck_limits_scope CHECK ((scope = ANY (ARRAY['customer'::text, 'brand'::text, 'collector'::text]))),
    CONSTRAINT ck_limits_something CHECK ((num_nonnulls(max_concurrent, max_per_minute, max_micro_usd_per_day, max_micro_usd_per_month) > 0))
);
CREATE TABLE public.spendings (
    brand_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    collector text NOT NULL,
    day date NOT NULL,
    calls integer NOT NULL,
    micro_usd bigint NOT NULL,
    unpriced integer DEFAULT 0 NOT NULL,
    CONSTRAINT ck_spendings_amounts CHECK (((calls >= 0) AND (micro_usd >= 0)))
);
CREATE VIEW public.budgets AS
 SELECT bound.scope,
    bound.key,
    period.name AS period,
    period.bound AS bound_micro_usd,
    (COALESCE(
        CASE bound.scope
            WHEN 'customer'::text THEN ( SELECT sum(spendings.micro_usd) AS sum
               FROM public.spendings
              WHERE ((spendings.customer_id = (bound.key)::uuid) AND (spendings.day >= period.first_day)))
            WHEN 'brand'::text THEN ( SELECT sum(spendings.micro_usd) AS sum
               FROM public.spendings
              WHERE ((spendings.brand_id = (bound.key)::uuid) AND (spendings.day >= period.first_day)))
            ELSE ( SELECT sum(spendings.micro_usd) AS sum
               FROM public.spendings
              WHERE ((spendings.collector = bound.key) AND (spendings.day >= period.first_day)))
        END, (0)::numeric))::bigint AS spent_micro_usd
   FROM (public.limits bound
     CROSS JOIN LATERAL ( VALUES ('day'::text,bound.max_micro_usd_per_day,((now() AT TIME ZONE 'UTC'::text))::date), ('month'::text,bound.max_micro_usd_per_month,(date_trunc('month'::text, (now() AT TIME ZONE 'UTC'::text)))::date)) period(name, bound, first_day));
CREATE TABLE public.cell_rollups (
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    grain text NOT NULL,
    starts_on date NOT NULL,
    cell_id bigint NOT NULL,
    asked integer NOT NULL,
    answers integer NOT NULL,
    no_overview integer NOT NULL,
    failed integer NOT NULL,
    naming integer NOT NULL,
    all_citations integer NOT NULL,
    cost_micro_usd bigint NOT NULL,
    unpriced integer NOT NULL,
    CONSTRAINT ck_cell_rollups_grain CHECK ((grain = ANY (ARRAY['day'::text, 'month'::text, 'year'::text])))
);
CREATE TABLE public.cells (
    id bigint NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    query_id uuid NOT NULL,
    question_hash bytea NOT NULL,
    topic text NOT NULL,
    is_branded boolean NOT NULL,
    collector text NOT NULL,
    surface text NOT NULL,
    locale text NOT NULL,
    country text NOT NULL,
    city text NOT NULL,
    model text NOT NULL,
    rules text NOT NULL
);
ALTER TABLE public.cells ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.cells_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.citation_rollups (
    customer_id uuid NOT NULL,
    brand_id uuid CONSTRAINT citation_rollups_brand_id_not_null1 NOT NULL,
    grain text CONSTRAINT citation_rollups_grain_not_null1 NOT NULL,
    starts_on date CONSTRAINT citation_rollups_starts_on_not_null1 NOT NULL,
    cell_id bigint NOT NULL,
    domain text CONSTRAINT citation_rollups_domain_not_null1 NOT NULL,
    owner text,
    answers integer CONSTRAINT citation_rollups_answers_not_null1 NOT NULL,
    citations integer CONSTRAINT citation_rollups_citations_not_null1 NOT NULL,
    CONSTRAINT ck_citation_rollups_grain CHECK ((grain = ANY (ARRAY['day'::text, 'month'::text, 'year'::text])))
);
CREATE TABLE public.citations (
    collector_result_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    ordinal integer NOT NULL,
    url text NOT NULL,
    title text,
    domain text NOT NULL,
    owner text
);
CREATE TABLE public.collector_results (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    job_run_id uuid NOT NULL,
    query_id uuid NOT NULL,
    question text NOT NULL,
    topic text NOT NULL,
    collector text NOT NULL,
    model text NOT NULL,
    answer text NOT NULL,
    engine_citations jsonb DEFAULT '[]'::jsonb NOT NULL,
    search_queries text[] DEFAULT '{}'::text[] NOT NULL,
    finish_reason text,
    input_tokens integer,
    output_tokens integer,
    cost_micro_usd bigint,
    latency_ms integer NOT NULL,
    raw_response text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    sample smallint DEFAULT 1 NOT NULL,
    positions_rules text,
    sentiments_rules text,
    locale text,
    country text,
    city text,
    surface text DEFAULT 'api'::text NOT NULL,
    question_hash bytea NOT NULL,
    is_branded boolean DEFAULT false NOT NULL,
    day date NOT NULL,
    searched jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT ck_collector_results_surface CHECK ((surface = ANY (ARRAY['api'::text, 'results_page'::text, 'app'::text])))
);
CREATE TABLE public.competitors (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    name text NOT NULL,
    aliases text[] DEFAULT '{}'::text[] NOT NULL,
    domains text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.generated_queries (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    topic_id uuid NOT NULL,
    text text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    locale text,
    country text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    is_branded boolean
);
CREATE TABLE public.job_runs (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    scheduled_job_id uuid,
    job_type text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    trigger text NOT NULL,
    scheduled_for timestamp with time zone NOT NULL,
    priority smallint DEFAULT 5 NOT NULL,
    available_at timestamp with time zone NOT NULL,
    is_exclusive boolean DEFAULT false NOT NULL,
    retried_at timestamp with time zone,
    attempt integer DEFAULT 0 NOT NULL,
    max_attempts integer NOT NULL,
    timeout_seconds integer NOT NULL,
    lease_token uuid,
    lease_expires_at timestamp with time zone,
    deadline_at timestamp with time zone,
    cancel_requested_at timestamp with time zone,
    worker_id text,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    progress jsonb DEFAULT '{}'::jsonb NOT NULL,
    metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    error_message text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    change_xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    is_test boolean DEFAULT false NOT NULL,
    CONSTRAINT ck_job_runs_finished CHECK (((status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text])) = (finished_at IS NOT NULL))),
    CONSTRAINT ck_job_runs_job_type CHECK ((job_type = ANY (ARRAY['data_collection'::text, 'scoring'::text, 'data_collection_and_scoring'::text]))),
    CONSTRAINT ck_job_runs_lease CHECK (((status = 'processing'::text) = (lease_token IS NOT NULL))),
    CONSTRAINT ck_job_runs_status CHECK ((status = ANY (ARRAY['pending'::text, 'processing'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT ck_job_runs_trigger CHECK ((trigger = ANY (ARRAY['schedule'::text, 'manual'::text, 'backfill'::text, 'retry'::text, 'dependency'::text])))
)
WITH (fillfactor='70');
CREATE TABLE public.query_executions (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    job_run_id uuid NOT NULL,
    query_id uuid NOT NULL,
    question text NOT NULL,
    collector text NOT NULL,
    status text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    latency_ms integer,
    cost_micro_usd bigint DEFAULT 0,
    error_kind text,
    error_message text,
    is_retryable boolean DEFAULT false NOT NULL,
    raw_response text,
    asked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    finished_at timestamp with time zone,
    brand_id uuid NOT NULL,
    sample smallint DEFAULT 1 NOT NULL,
    batch_id uuid,
    answer_id uuid,
    topic text DEFAULT ''::text NOT NULL,
    locale text,
    country text,
    city text,
    is_branded boolean DEFAULT false NOT NULL,
    day date NOT NULL,
    is_copy boolean DEFAULT false NOT NULL,
    CONSTRAINT ck_query_executions_finished CHECK (((status = 'asking'::text) = (finished_at IS NULL))),
    CONSTRAINT ck_query_executions_status CHECK ((status = ANY (ARRAY['asking'::text, 'answered'::text, 'no_overview'::text, 'failed'::text, 'unknown'::text])))
);
CREATE TABLE public.set_asides (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    job_run_id uuid,
    answer_id uuid,
    reason text NOT NULL,
    set_by text NOT NULL,
    set_at timestamp with time zone DEFAULT now() NOT NULL,
    back_by text,
    back_at timestamp with time zone,
    CONSTRAINT ck_set_asides_back CHECK (((back_by IS NULL) = (back_at IS NULL))),
    CONSTRAINT ck_set_asides_what CHECK (((job_run_id IS NULL) <> (answer_id IS NULL)))
);
CREATE VIEW public.measured_calls AS
 SELECT call.id,
    call.customer_id,
    call.brand_id,
    call.query_id,
    call.collector,
    call.day,
    call.status,
    call.cost_micro_usd,
    call.topic,
    call.answer_id,
    call.question_hash,
    call.is_branded,
    call.surface,
    call.locale,
    call.country,
    call.city,
    call.model,
    call.rules,
    cell.id AS cell_id
   FROM (( SELECT call_1.id,
            call_1.customer_id,
            call_1.brand_id,
            call_1.query_id,
            call_1.collector,
            call_1.day,
            call_1.status,
            call_1.cost_micro_usd,
            call_1.topic,
            answer.id AS answer_id,
            COALESCE(answer.question_hash, sha256(convert_to(call_1.question, 'UTF8'::name))) AS question_hash,
            COALESCE(query.is_branded, answer.is_branded, call_1.is_branded) AS is_branded,
            COALESCE(answer.surface, ''::text) AS surface,
            COALESCE(call_1.locale, ''::text) AS locale,
            COALESCE(call_1.country, ''::text) AS country,
            COALESCE(call_1.city, ''::text) AS city,
            COALESCE(answer.model, ''::text) AS model,
            COALESCE(answer.positions_rules, ''::text) AS rules
           FROM (((public.query_executions call_1
             JOIN public.job_runs run ON ((run.id = call_1.job_run_id)))
             LEFT JOIN public.collector_results answer ON (((answer.job_run_id = call_1.job_run_id) AND (answer.query_id = call_1.query_id) AND (answer.collector = call_1.collector) AND (answer.sample = call_1.sample))))
             LEFT JOIN public.generated_queries query ON (((query.id = call_1.query_id) AND (query.text = call_1.question))))
          WHERE ((call_1.answer_id IS NULL) AND (call_1.status <> 'asking'::text) AND (NOT run.is_test) AND (NOT (EXISTS ( SELECT
                   FROM public.set_asides aside
                  WHERE ((aside.job_run_id = run.id) AND (aside.back_at IS NULL))))) AND (NOT (EXISTS ( SELECT
                   FROM public.set_asides aside
                  WHERE ((aside.answer_id = answer.id) AND (aside.back_at IS NULL))))))) call
     LEFT JOIN public.cells cell USING (customer_id, brand_id, query_id, collector, country, locale, city, model, rules, question_hash, topic, is_branded, surface));
CREATE VIEW public.counted_calls AS
 SELECT id,
    customer_id,
    brand_id,
    query_id,
    collector,
    day,
    status,
    cost_micro_usd,
    topic,
    answer_id,
    question_hash,
    is_branded,
    surface,
    locale,
    country,
    city,
    model,
    rules,
    cell_id
   FROM public.measured_calls
  WHERE (cell_id IS NOT NULL);
CREATE TABLE public.customers (
    id uuid NOT NULL,
    name text NOT NULL,
    is_demo boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);
CREATE TABLE public.engine_batches (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    job_run_id uuid NOT NULL,
    collector text NOT NULL,
    reference text,
    submitted_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT ck_engine_batches_submitted CHECK (((reference IS NULL) = (submitted_at IS NULL)))
);
CREATE TABLE public.engine_pauses (
    collector text NOT NULL,
    until timestamp with time zone NOT NULL,
    failures integer NOT NULL,
    reason text NOT NULL
);
CREATE TABLE public.extracted_positions (
    collector_result_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    name text NOT NULL,
    is_brand boolean NOT NULL,
    mentions integer NOT NULL,
    "position" integer,
    version integer NOT NULL,
    CONSTRAINT ck_extracted_positions_mentions CHECK ((mentions >= 0)),
    CONSTRAINT ck_extracted_positions_position CHECK (((("position" >= 1) AND (mentions >= 1)) OR ("position" IS NULL)))
);
CREATE TABLE public.extracted_sentiments (
    collector_result_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    name text NOT NULL,
    is_brand boolean NOT NULL,
    label text NOT NULL,
    score double precision NOT NULL,
    sentences text[] NOT NULL,
    version integer NOT NULL,
    judge text,
    CONSTRAINT ck_extracted_sentiments_label CHECK ((label = ANY (ARRAY['positive'::text, 'neutral'::text, 'negative'::text]))),
    CONSTRAINT ck_extracted_sentiments_score CHECK (((score >= ('-1'::integer)::double precision) AND (score <= (1)::double precision)))
);
CREATE TABLE public.idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    method text NOT NULL,
    request_hash bytea NOT NULL,
    response bytea,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.name_rollups (
    customer_id uuid NOT NULL,
    brand_id uuid CONSTRAINT name_rollups_brand_id_not_null1 NOT NULL,
    grain text CONSTRAINT name_rollups_grain_not_null1 NOT NULL,
    starts_on date CONSTRAINT name_rollups_starts_on_not_null1 NOT NULL,
    cell_id bigint NOT NULL,
    name text CONSTRAINT name_rollups_name_not_null1 NOT NULL,
    named integer CONSTRAINT name_rollups_named_not_null1 NOT NULL,
    mentions integer CONSTRAINT name_rollups_mentions_not_null1 NOT NULL,
    placed integer CONSTRAINT name_rollups_placed_not_null1 NOT NULL,
    position_sum integer CONSTRAINT name_rollups_position_sum_not_null1 NOT NULL,
    firsts integer CONSTRAINT name_rollups_firsts_not_null1 NOT NULL,
    toned integer CONSTRAINT name_rollups_toned_not_null1 NOT NULL,
    tone_sum double precision CONSTRAINT name_rollups_tone_sum_not_null1 NOT NULL,
    cited integer NOT NULL,
    citations integer NOT NULL,
    CONSTRAINT ck_name_rollups_grain CHECK ((grain = ANY (ARRAY['day'::text, 'month'::text, 'year'::text])))
);
CREATE TABLE public.reading_rules (
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    rules text NOT NULL,
    names text[] NOT NULL
);
CREATE TABLE public.rollups_due (
    id bigint NOT NULL,
    brand_id uuid NOT NULL,
    query_id uuid NOT NULL,
    collector text NOT NULL,
    day date NOT NULL
);
ALTER TABLE public.rollups_due ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.rollups_due_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.schedule_events (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    schedule_id uuid NOT NULL,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    run_id uuid,
    scheduled_for timestamp with time zone,
    actor text NOT NULL
);
CREATE TABLE public.scheduled_jobs (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    job_type text NOT NULL,
    cron_expression text NOT NULL,
    timezone text NOT NULL,
    is_active boolean NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    overlap_policy text NOT NULL,
    catch_up text NOT NULL,
    catchup_window_seconds integer NOT NULL,
    jitter_seconds integer NOT NULL,
    max_attempts integer NOT NULL,
    timeout_seconds integer NOT NULL,
    depends_on uuid,
    start_at timestamp with time zone,
    end_at timestamp with time zone,
    pause_after_failures integer DEFAULT 0 NOT NULL,
    failures_in_a_row integer DEFAULT 0 NOT NULL,
    next_run_at timestamp with time zone,
    last_run_at timestamp with time zone,
    last_run_status text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    created_by text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT ck_scheduled_jobs_bounds CHECK (((catchup_window_seconds >= 0) AND (jitter_seconds >= 0) AND (max_attempts >= 1) AND (timeout_seconds >= 1) AND (pause_after_failures >= 0))),
    CONSTRAINT ck_scheduled_jobs_catch_up CHECK ((catch_up = ANY (ARRAY['latest'::text, 'all'::text, 'none'::text]))),
    CONSTRAINT ck_scheduled_jobs_job_type CHECK ((job_type = ANY (ARRAY['data_collection'::text, 'scoring'::text, 'data_collection_and_scoring'::text]))),
    CONSTRAINT ck_scheduled_jobs_last_run_status CHECK ((last_run_status = ANY (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text]))),
    CONSTRAINT ck_scheduled_jobs_next_run_at CHECK (((next_run_at IS NULL) OR (is_active AND (deleted_at IS NULL)))),
    CONSTRAINT ck_scheduled_jobs_overlap_policy CHECK ((overlap_policy = ANY (ARRAY['skip'::text, 'queue'::text, 'cancel_running'::text, 'allow'::text]))),
    CONSTRAINT ck_scheduled_jobs_span CHECK ((start_at < end_at))
);
CREATE TABLE public.tone_judgements (
    brand_id uuid NOT NULL,
    digest bytea NOT NULL,
    tone text NOT NULL,
    judged_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT ck_tone_judgements_tone CHECK ((tone = ANY (ARRAY['positive'::text, 'neutral'::text, 'negative'::text])))
);
CREATE TABLE public.topics (
    id uuid NOT NULL,
    customer_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE public.untracked_names (
    collector_result_id uuid NOT NULL,
    brand_id uuid NOT NULL,
    name text NOT NULL,
    "position" integer NOT NULL
);
CREATE TABLE public.worker_engines (
    worker_id text NOT NULL,
    collector text NOT NULL,
    title text NOT NULL,
    model text NOT NULL,
    missing text,
    is_base_url_overridden boolean NOT NULL,
    is_emulated boolean NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
INSERT INTO public.alembic_version VALUES ('0010');
INSERT INTO public.api_tokens VALUES ('01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000001', 'of a page', 'viewer', '\xabababababababababababababababababababababababababababababababab', '2026-11-01 00:00:00+00', NULL);
INSERT INTO public.brands VALUES ('01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000001', 'Ledgerly', '{"Ledgerly App"}', '{ledgerly.example}', '{chatgpt,perplexity}', '2026-11-01 00:00:00+00', '2026-11-01 00:00:00+00', NULL);
INSERT INTO public.cell_rollups VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'day', '2026-11-02', 1, 1, 1, 0, 0, 1, 1, 0, 1);
INSERT INTO public.cell_rollups VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'month', '2026-11-01', 1, 1, 1, 0, 0, 1, 1, 0, 1);
INSERT INTO public.cell_rollups VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'year', '2026-01-01', 1, 1, 1, 0, 0, 1, 1, 0, 1);
INSERT INTO public.cells OVERRIDING SYSTEM VALUE VALUES (1, '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000013', '\x', 'Invoicing', false, 'chatgpt', 'api', '', '', '', '', 'before-0010.06e2431493fcb963');
INSERT INTO public.citation_rollups VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'day', '2026-11-02', 1, 'countwise.example', 'Countwise', 1, 1);
INSERT INTO public.citation_rollups VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'month', '2026-11-01', 1, 'countwise.example', 'Countwise', 1, 1);
INSERT INTO public.citation_rollups VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'year', '2026-01-01', 1, 'countwise.example', 'Countwise', 1, 1);
INSERT INTO public.citations VALUES ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 1, 'https://countwise.example/a', 'A', 'countwise.example', 'Countwise');
INSERT INTO public.collector_results VALUES ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000030', '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'Invoicing', 'chatgpt', 'gpt', '1. Countwise
2. Ledgerly is great.', '[{"url": "https://countwise.example/a", "title": "A"}]', '{"invoicing apps"}', 'stop', 10, 20, NULL, 900, '{}', '2026-11-02 08:00:01+00', 1, '1.0123456789abcdef', '1.0123456789abcdef', 'en', 'DE', 'Berlin', 'api', '\x7782bee8b9b6b9a998f018d9d2eeec521628405d8647719f0d01807b3cb12962', true, '2026-11-02', '[{"url": "https://found.example/", "title": null}]');
INSERT INTO public.competitors VALUES ('01900000-0000-7000-8000-000000000011', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'Countwise', '{}', '{countwise.example}', '2026-11-01 00:00:00+00');
INSERT INTO public.customers VALUES ('01900000-0000-7000-8000-000000000001', 'Customer of Ledgerly', false, '2026-11-01 00:00:00+00', NULL);
INSERT INTO public.customers VALUES ('01900000-0000-7000-8000-000000000002', 'Customer without a brand', false, '2026-11-02 00:00:00+00', NULL);
INSERT INTO public.engine_batches VALUES ('01900000-0000-7000-8000-000000000070', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000030', 'chatgpt', 'batch_1', '2026-11-02 08:00:00+00', '2026-11-02 08:00:01+00');
INSERT INTO public.engine_pauses VALUES ('perplexity', '2026-11-02 08:10:00+00', 5, 'it failed five times in a row');
INSERT INTO public.extracted_positions VALUES ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'Ledgerly', true, 1, 2, 1);
INSERT INTO public.extracted_positions VALUES ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'Countwise', false, 1, 1, 1);
INSERT INTO public.extracted_sentiments VALUES ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'Ledgerly', true, 'positive', 0.9, '{"Ledgerly is great."}', 1, 'claude/model');
INSERT INTO public.generated_queries VALUES ('01900000-0000-7000-8000-000000000014', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000012', 'Which one was best?', false, NULL, NULL, '2026-11-01 00:00:00+00', NULL);
INSERT INTO public.generated_queries VALUES ('01900000-0000-7000-8000-000000000013', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000012', 'Which invoicing app is best?', true, 'en', 'US', '2026-11-01 00:00:00+00', true);
INSERT INTO public.idempotency_keys VALUES ('*/admin', 'key', 'answerbeat.v1.CreateCustomerRequest', '\xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', '\x78', '2026-11-01 00:00:00+00');
INSERT INTO public.job_runs VALUES ('01900000-0000-7000-8000-000000000030', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000020', 'data_collection_and_scoring', 'completed', 'schedule', '2026-11-02 08:00:00+00', 5, '2026-11-02 08:00:00+00', false, NULL, 1, 3, 3600, NULL, NULL, NULL, NULL, 'w-1', '2026-11-02 08:00:00+00', '2026-11-02 08:01:00+00', '{"data_collection": {"done": 2, "total": 2}}', '{"data_collection": {"cost_usd": 0.01}}', '{"parallel": true}', NULL, '2026-11-02 08:00:00+00', 7, false);
INSERT INTO public.job_runs VALUES ('01900000-0000-7000-8000-000000000031', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', NULL, 'scoring', 'cancelled', 'manual', '2026-11-03 00:00:00+00', 5, '2026-11-03 00:00:00+00', false, NULL, 0, 3, 3600, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-03 00:00:00+00', '{}', '{}', '{}', NULL, '2026-11-03 00:00:00+00', 8, false);
INSERT INTO public.limits VALUES ('brand', '01900000-0000-7000-8000-000000000010', 2, NULL, '2026-11-01 00:00:00+00', 'admin', NULL, NULL);
INSERT INTO public.limits VALUES ('collector', 'chatgpt', NULL, 60, '2026-11-01 00:00:00+00', 'admin', NULL, NULL);
INSERT INTO public.limits VALUES ('customer', '01900000-0000-7000-8000-000000000001', NULL, NULL, '2026-11-01 00:00:00+00', 'admin', 5000000, 90000000);
INSERT INTO public.name_rollups VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'day', '2026-11-02', 1, 'Ledgerly', 1, 1, 1, 2, 0, 1, 0.9, 0, 0);
INSERT INTO public.name_rollups VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'month', '2026-11-01', 1, 'Ledgerly', 1, 1, 1, 2, 0, 1, 0.9, 0, 0);
INSERT INTO public.name_rollups VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'year', '2026-01-01', 1, 'Ledgerly', 1, 1, 1, 2, 0, 1, 0.9, 0, 0);
INSERT INTO public.query_executions VALUES ('01900000-0000-7000-8000-000000000051', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000030', '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'perplexity', 'unknown', 1, NULL, 0, 'timeout', 'No answer in time.', false, NULL, '2026-11-02 08:00:00+00', '2026-11-02 08:00:30+00', '01900000-0000-7000-8000-000000000010', 1, NULL, NULL, 'Invoicing', 'en', 'US', NULL, false, '2026-11-02', false);
INSERT INTO public.query_executions VALUES ('01900000-0000-7000-8000-000000000052', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000030', '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'chatgpt', 'failed', 0, NULL, 0, 'budget', 'The budget is spent.', false, NULL, '2026-11-02 08:00:00+00', '2026-11-02 08:00:00+00', '01900000-0000-7000-8000-000000000010', 2, NULL, NULL, 'Invoicing', 'en', 'US', NULL, false, '2026-11-02', false);
INSERT INTO public.query_executions VALUES ('01900000-0000-7000-8000-000000000053', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000030', '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'claude', 'answered', 1, NULL, 50, NULL, NULL, false, NULL, '2026-11-02 08:00:00+00', '2026-11-02 08:00:00+00', '01900000-0000-7000-8000-000000000010', 1, NULL, '01900000-0000-7000-8000-000000000060', 'Invoicing', 'en', 'US', NULL, false, '2026-11-02', false);
INSERT INTO public.query_executions VALUES ('01900000-0000-7000-8000-000000000050', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000030', '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'chatgpt', 'answered', 1, 900, NULL, NULL, NULL, false, NULL, '2026-11-02 08:00:00+00', '2026-11-02 08:00:01+00', '01900000-0000-7000-8000-000000000010', 1, '01900000-0000-7000-8000-000000000070', NULL, 'Invoicing', 'en', 'DE', 'Berlin', true, '2026-11-02', false);
INSERT INTO public.query_executions VALUES ('01900000-0000-7000-8000-000000000054', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000030', '01900000-0000-7000-8000-000000000013', 'Which invoicing app is best?', 'google_aio', 'no_overview', 1, NULL, 15000, NULL, NULL, false, NULL, '2026-11-02 08:00:00+00', '2026-11-02 08:00:02+00', '01900000-0000-7000-8000-000000000010', 1, NULL, NULL, 'Invoicing', NULL, NULL, NULL, false, '2026-11-02', false);
INSERT INTO public.reading_rules VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'before-0010.06e2431493fcb963', '{Ledgerly}');
INSERT INTO public.rollups_due OVERRIDING SYSTEM VALUE VALUES (1, '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000013', 'chatgpt', '2026-11-02');
INSERT INTO public.rollups_due OVERRIDING SYSTEM VALUE VALUES (2, '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000013', 'chatgpt', '2026-11-02');
INSERT INTO public.rollups_due OVERRIDING SYSTEM VALUE VALUES (3, '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000013', 'perplexity', '2026-11-02');
INSERT INTO public.rollups_due OVERRIDING SYSTEM VALUE VALUES (4, '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000013', 'google_aio', '2026-11-02');
INSERT INTO public.schedule_events VALUES ('01900000-0000-7000-8000-000000000040', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000020', '2026-11-02 08:00:00+00', 'fired', 'Due.', '01900000-0000-7000-8000-000000000030', '2026-11-02 08:00:00+00', 'scheduler');
INSERT INTO public.scheduled_jobs VALUES ('01900000-0000-7000-8000-000000000020', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'data_collection_and_scoring', '0 9 * * *', 'Europe/Berlin', true, '{"parallel": true}', 'skip', 'latest', 86400, 0, 3, 3600, NULL, NULL, NULL, 0, 0, '2199-01-01 08:00:00+00', '2026-11-02 08:00:00+00', 'completed', '2026-11-01 00:00:00+00', '2026-11-01 00:00:00+00', 'admin', 1, NULL);
INSERT INTO public.scheduled_jobs VALUES ('01900000-0000-7000-8000-000000000021', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'scoring', '@weekly', 'UTC', false, '{}', 'queue', 'none', 0, 30, 1, 60, '01900000-0000-7000-8000-000000000020', NULL, NULL, 0, 0, NULL, NULL, NULL, '2026-11-01 00:00:00+00', '2026-11-01 00:00:00+00', 'admin', 2, '2026-11-02 00:00:00+00');
INSERT INTO public.set_asides VALUES ('01900000-0000-7000-8000-000000000080', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', NULL, '01900000-0000-7000-8000-000000000060', 'An outage.', 'admin', '2026-11-03 00:00:00+00', 'admin', '2026-11-04 00:00:00+00');
INSERT INTO public.spendings VALUES ('01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000001', 'chatgpt', '2026-11-02', 1, 10000, 0);
INSERT INTO public.spendings VALUES ('01900000-0000-7000-8000-00000000001f', '01900000-0000-7000-8000-000000000001', 'claude', '2026-11-02', 3, 700, 0);
INSERT INTO public.tone_judgements VALUES ('01900000-0000-7000-8000-000000000010', '\xefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef', 'positive', '2026-11-02 08:00:00+00');
INSERT INTO public.topics VALUES ('01900000-0000-7000-8000-000000000012', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000010', 'Invoicing', '2026-11-01 00:00:00+00');
INSERT INTO public.untracked_names VALUES ('01900000-0000-7000-8000-000000000060', '01900000-0000-7000-8000-000000000010', 'Somebody Else', 3);
INSERT INTO public.worker_engines VALUES ('w-1', 'chatgpt', 'ChatGPT', 'gpt', NULL, false, false, '2026-11-02 08:01:00+00');
INSERT INTO public.worker_engines VALUES ('w-1', 'perplexity', 'Perplexity', 'sonar', 'PERPLEXITY_API_KEY is not set', false, false, '2026-11-02 08:01:00+00');
SELECT pg_catalog.setval('public.cells_id_seq', 1, true);
SELECT pg_catalog.setval('public.rollups_due_id_seq', 4, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.brands
    ADD CONSTRAINT brands_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.cell_rollups
    ADD CONSTRAINT cell_rollups_pkey PRIMARY KEY (customer_id, brand_id, grain, starts_on, cell_id);
ALTER TABLE ONLY public.cells
    ADD CONSTRAINT cells_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.citation_rollups
    ADD CONSTRAINT citation_rollups_pkey PRIMARY KEY (customer_id, brand_id, grain, starts_on, cell_id, domain);
ALTER TABLE ONLY public.citations
    ADD CONSTRAINT citations_pkey PRIMARY KEY (collector_result_id, ordinal);
ALTER TABLE ONLY public.collector_results
    ADD CONSTRAINT collector_results_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.competitors
    ADD CONSTRAINT competitors_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.customers
    ADD CONSTRAINT customers_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.engine_batches
    ADD CONSTRAINT engine_batches_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.engine_pauses
    ADD CONSTRAINT engine_pauses_pkey PRIMARY KEY (collector);
ALTER TABLE ONLY public.extracted_positions
    ADD CONSTRAINT extracted_positions_pkey PRIMARY KEY (collector_result_id, name);
ALTER TABLE ONLY public.extracted_sentiments
    ADD CONSTRAINT extracted_sentiments_pkey PRIMARY KEY (collector_result_id, name);
ALTER TABLE ONLY public.generated_queries
    ADD CONSTRAINT generated_queries_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key);
ALTER TABLE ONLY public.job_runs
    ADD CONSTRAINT job_runs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.limits
    ADD CONSTRAINT limits_pkey PRIMARY KEY (scope, key);
ALTER TABLE ONLY public.name_rollups
    ADD CONSTRAINT name_rollups_pkey PRIMARY KEY (customer_id, brand_id, grain, starts_on, cell_id, name);
ALTER TABLE ONLY public.query_executions
    ADD CONSTRAINT query_executions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.reading_rules
    ADD CONSTRAINT reading_rules_pkey PRIMARY KEY (customer_id, brand_id, rules);
ALTER TABLE ONLY public.rollups_due
    ADD CONSTRAINT rollups_due_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.schedule_events
    ADD CONSTRAINT schedule_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.scheduled_jobs
    ADD CONSTRAINT scheduled_jobs_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.set_asides
    ADD CONSTRAINT set_asides_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.spendings
    ADD CONSTRAINT spendings_pkey PRIMARY KEY (brand_id, day, collector);
ALTER TABLE ONLY public.tone_judgements
    ADD CONSTRAINT tone_judgements_pkey PRIMARY KEY (brand_id, digest);
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT topics_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.untracked_names
    ADD CONSTRAINT untracked_names_pkey PRIMARY KEY (collector_result_id, name);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.brands
    ADD CONSTRAINT uq_brands_id_customer_id UNIQUE (id, customer_id);
ALTER TABLE ONLY public.cells
    ADD CONSTRAINT uq_cells UNIQUE (customer_id, brand_id, query_id, collector, country, locale, city, model, rules, question_hash, topic, is_branded, surface);
ALTER TABLE ONLY public.collector_results
    ADD CONSTRAINT uq_collector_results_call UNIQUE (job_run_id, query_id, collector, sample);
ALTER TABLE ONLY public.competitors
    ADD CONSTRAINT uq_competitors_brand_id_name UNIQUE (brand_id, name);
ALTER TABLE ONLY public.query_executions
    ADD CONSTRAINT uq_query_executions_call UNIQUE NULLS NOT DISTINCT (job_run_id, query_id, collector, sample, answer_id);
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT uq_topics_brand_id_name UNIQUE (brand_id, name);
ALTER TABLE ONLY public.worker_engines
    ADD CONSTRAINT worker_engines_pkey PRIMARY KEY (worker_id, collector);
CREATE INDEX ix_brands_deleted_at ON public.brands USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX ix_cell_rollups_cell ON public.cell_rollups USING btree (cell_id, starts_on);
CREATE INDEX ix_citation_rollups_cell ON public.citation_rollups USING btree (cell_id, starts_on);
CREATE INDEX ix_citations_brand_id ON public.citations USING btree (brand_id, domain);
CREATE INDEX ix_collector_results_brand_id ON public.collector_results USING btree (brand_id, id);
CREATE INDEX ix_collector_results_created_at ON public.collector_results USING btree (brand_id, created_at);
CREATE INDEX ix_collector_results_day ON public.collector_results USING btree (brand_id, day, id);
CREATE INDEX ix_collector_results_positions_rules ON public.collector_results USING btree (brand_id, positions_rules, id);
CREATE INDEX ix_collector_results_sentiments_rules ON public.collector_results USING btree (brand_id, sentiments_rules, id);
CREATE INDEX ix_customers_deleted_at ON public.customers USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX ix_engine_batches_job_run_id ON public.engine_batches USING btree (job_run_id);
CREATE INDEX ix_engine_batches_open ON public.engine_batches USING btree (job_run_id) WHERE (ended_at IS NULL);
CREATE INDEX ix_extracted_positions_brand_id ON public.extracted_positions USING btree (brand_id);
CREATE INDEX ix_extracted_sentiments_brand_id ON public.extracted_sentiments USING btree (brand_id);
CREATE INDEX ix_generated_queries_topic_id ON public.generated_queries USING btree (topic_id);
CREATE INDEX ix_idempotency_keys_created_at ON public.idempotency_keys USING btree (created_at);
CREATE INDEX ix_job_runs_available ON public.job_runs USING btree (available_at) WHERE (status = 'pending'::text);
CREATE INDEX ix_job_runs_brand_id ON public.job_runs USING btree (brand_id, id);
CREATE INDEX ix_job_runs_change_xid ON public.job_runs USING btree (change_xid, id);
CREATE INDEX ix_job_runs_customer_id ON public.job_runs USING btree (customer_id, id);
CREATE INDEX ix_job_runs_leased ON public.job_runs USING btree (customer_id, brand_id) WHERE (status = 'processing'::text);
CREATE INDEX ix_job_runs_open ON public.job_runs USING btree (scheduled_job_id, scheduled_for, id) WHERE (status = ANY (ARRAY['pending'::text, 'processing'::text]));
CREATE INDEX ix_job_runs_ready ON public.job_runs USING btree (customer_id, priority, available_at, id) WHERE (status = 'pending'::text);
CREATE INDEX ix_job_runs_scheduled_job_id ON public.job_runs USING btree (scheduled_job_id, id);
CREATE INDEX ix_name_rollups_cell ON public.name_rollups USING btree (cell_id, starts_on);
CREATE INDEX ix_query_executions_answer ON public.query_executions USING btree (answer_id) WHERE (answer_id IS NOT NULL);
CREATE INDEX ix_query_executions_asking ON public.query_executions USING btree (collector) WHERE (status = 'asking'::text);
CREATE INDEX ix_query_executions_batch ON public.query_executions USING btree (batch_id) WHERE (batch_id IS NOT NULL);
CREATE INDEX ix_query_executions_brand_id ON public.query_executions USING btree (brand_id, asked_at);
CREATE INDEX ix_query_executions_cell ON public.query_executions USING btree (brand_id, query_id, collector, day) WHERE (answer_id IS NULL);
CREATE INDEX ix_query_executions_collector ON public.query_executions USING btree (collector, asked_at);
CREATE INDEX ix_query_executions_customer_id ON public.query_executions USING btree (customer_id, asked_at);
CREATE INDEX ix_rollups_due_brand ON public.rollups_due USING btree (brand_id);
CREATE INDEX ix_schedule_events_schedule_id ON public.schedule_events USING btree (schedule_id, id);
CREATE INDEX ix_scheduled_jobs_brand_id ON public.scheduled_jobs USING btree (brand_id, id) WHERE (deleted_at IS NULL);
CREATE INDEX ix_scheduled_jobs_customer_id ON public.scheduled_jobs USING btree (customer_id, id) WHERE (deleted_at IS NULL);
CREATE INDEX ix_scheduled_jobs_depends_on ON public.scheduled_jobs USING btree (depends_on) WHERE (depends_on IS NOT NULL);
CREATE INDEX ix_scheduled_jobs_due ON public.scheduled_jobs USING btree (next_run_at) WHERE (next_run_at IS NOT NULL);
CREATE INDEX ix_scheduled_jobs_ended ON public.scheduled_jobs USING btree (brand_id, id) WHERE (deleted_at IS NOT NULL);
CREATE INDEX ix_set_asides_answer ON public.set_asides USING btree (answer_id);
CREATE INDEX ix_set_asides_brand ON public.set_asides USING btree (brand_id, id);
CREATE INDEX ix_set_asides_run ON public.set_asides USING btree (job_run_id);
CREATE INDEX ix_spendings_collector ON public.spendings USING btree (collector, day);
CREATE INDEX ix_spendings_customer_id ON public.spendings USING btree (customer_id, day);
CREATE INDEX ix_untracked_names_brand_id ON public.untracked_names USING btree (brand_id, collector_result_id);
CREATE UNIQUE INDEX uq_brands_customer_id_name ON public.brands USING btree (customer_id, name) WHERE (deleted_at IS NULL);
CREATE UNIQUE INDEX uq_customers_name ON public.customers USING btree (name) WHERE (deleted_at IS NULL);
CREATE UNIQUE INDEX uq_generated_queries_text ON public.generated_queries USING btree (brand_id, md5(text), locale, country) NULLS NOT DISTINCT;
CREATE UNIQUE INDEX uq_job_runs_fire ON public.job_runs USING btree (scheduled_job_id, scheduled_for) WHERE (trigger = ANY (ARRAY['schedule'::text, 'backfill'::text]));
CREATE UNIQUE INDEX uq_set_asides_answer ON public.set_asides USING btree (answer_id) WHERE ((back_at IS NULL) AND (answer_id IS NOT NULL));
CREATE UNIQUE INDEX uq_set_asides_run ON public.set_asides USING btree (job_run_id) WHERE ((back_at IS NULL) AND (job_run_id IS NOT NULL));
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.brands
    ADD CONSTRAINT brands_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES public.customers(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.cell_rollups
    ADD CONSTRAINT cell_rollups_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.cell_rollups
    ADD CONSTRAINT cell_rollups_cell_id_fkey FOREIGN KEY (cell_id) REFERENCES public.cells(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.cells
    ADD CONSTRAINT cells_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.citation_rollups
    ADD CONSTRAINT citation_rollups_brand_id_fkey1 FOREIGN KEY (brand_id) REFERENCES public.brands(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.citation_rollups
    ADD CONSTRAINT citation_rollups_cell_id_fkey FOREIGN KEY (cell_id) REFERENCES public.cells(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.citations
    ADD CONSTRAINT citations_collector_result_id_fkey FOREIGN KEY (collector_result_id) REFERENCES public.collector_results(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.collector_results
    ADD CONSTRAINT collector_results_job_run_id_fkey FOREIGN KEY (job_run_id) REFERENCES public.job_runs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.extracted_positions
    ADD CONSTRAINT extracted_positions_collector_result_id_fkey FOREIGN KEY (collector_result_id) REFERENCES public.collector_results(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.extracted_sentiments
    ADD CONSTRAINT extracted_sentiments_collector_result_id_fkey FOREIGN KEY (collector_result_id) REFERENCES public.collector_results(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.collector_results
    ADD CONSTRAINT fk_collector_results_brand FOREIGN KEY (brand_id, customer_id) REFERENCES public.brands(id, customer_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.competitors
    ADD CONSTRAINT fk_competitors_brand FOREIGN KEY (brand_id, customer_id) REFERENCES public.brands(id, customer_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.engine_batches
    ADD CONSTRAINT fk_engine_batches_run FOREIGN KEY (job_run_id) REFERENCES public.job_runs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.generated_queries
    ADD CONSTRAINT fk_generated_queries_brand FOREIGN KEY (brand_id, customer_id) REFERENCES public.brands(id, customer_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.job_runs
    ADD CONSTRAINT fk_job_runs_brand FOREIGN KEY (brand_id, customer_id) REFERENCES public.brands(id, customer_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.scheduled_jobs
    ADD CONSTRAINT fk_scheduled_jobs_brand FOREIGN KEY (brand_id, customer_id) REFERENCES public.brands(id, customer_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.scheduled_jobs
    ADD CONSTRAINT fk_scheduled_jobs_depends_on FOREIGN KEY (depends_on) REFERENCES public.scheduled_jobs(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.spendings
    ADD CONSTRAINT fk_spendings_customer FOREIGN KEY (customer_id) REFERENCES public.customers(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.topics
    ADD CONSTRAINT fk_topics_brand FOREIGN KEY (brand_id, customer_id) REFERENCES public.brands(id, customer_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.generated_queries
    ADD CONSTRAINT generated_queries_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES public.topics(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.job_runs
    ADD CONSTRAINT job_runs_scheduled_job_id_fkey FOREIGN KEY (scheduled_job_id) REFERENCES public.scheduled_jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.name_rollups
    ADD CONSTRAINT name_rollups_brand_id_fkey1 FOREIGN KEY (brand_id) REFERENCES public.brands(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.name_rollups
    ADD CONSTRAINT name_rollups_cell_id_fkey FOREIGN KEY (cell_id) REFERENCES public.cells(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.query_executions
    ADD CONSTRAINT query_executions_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES public.collector_results(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.query_executions
    ADD CONSTRAINT query_executions_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES public.engine_batches(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.query_executions
    ADD CONSTRAINT query_executions_job_run_id_fkey FOREIGN KEY (job_run_id) REFERENCES public.job_runs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reading_rules
    ADD CONSTRAINT reading_rules_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.schedule_events
    ADD CONSTRAINT schedule_events_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES public.scheduled_jobs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.set_asides
    ADD CONSTRAINT set_asides_answer_id_fkey FOREIGN KEY (answer_id) REFERENCES public.collector_results(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.set_asides
    ADD CONSTRAINT set_asides_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.set_asides
    ADD CONSTRAINT set_asides_job_run_id_fkey FOREIGN KEY (job_run_id) REFERENCES public.job_runs(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.tone_judgements
    ADD CONSTRAINT tone_judgements_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES public.brands(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.untracked_names
    ADD CONSTRAINT untracked_names_collector_result_id_fkey FOREIGN KEY (collector_result_id) REFERENCES public.collector_results(id) ON DELETE CASCADE;
