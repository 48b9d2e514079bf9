"""Each call and answer keeps from where and when it was asked; sums are kept by cell, and names in them sparsely.

A cell is what is alike in all answers that are counted together: the question's text, the engine, the place, the model
and the rules that read them. Sums of before stay as they were, in cells of their own, until their answers are counted
anew; where retention took the answers, they stay for good.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DAY = """
-- The day an answer counts for: that of the fire it was asked for, unless it was asked more than six hours from it.
CREATE FUNCTION measured_day(scheduled_for timestamptz, asked_at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CAST(
    CASE
        WHEN asked_at BETWEEN scheduled_for - interval '6 hours' AND scheduled_for + interval '6 hours'
            THEN scheduled_for
        ELSE asked_at
    END AT TIME ZONE 'UTC' AS date);
"""

CALLS = """
ALTER TABLE query_executions
    ADD COLUMN topic text NOT NULL DEFAULT '',
    -- The place that was asked from, as the job or the question told; NULL where neither did.
    ADD COLUMN locale text,
    ADD COLUMN country text,
    ADD COLUMN city text,
    -- The question names the brand.
    ADD COLUMN is_branded boolean NOT NULL DEFAULT false,
    ADD COLUMN day date,
    -- Its answer came out of the engine's cache.
    ADD COLUMN is_copy boolean NOT NULL DEFAULT false,
    -- NULL when some attempt has cost nobody knows how much. What was written down before keeps its 0.
    ALTER COLUMN cost_micro_usd DROP NOT NULL,
    DROP CONSTRAINT ck_query_executions_status,
    ADD CONSTRAINT ck_query_executions_status
        CHECK (status IN ('asking', 'answered', 'no_overview', 'failed', 'unknown'));
UPDATE query_executions AS call
SET day = measured_day(run.scheduled_for, call.asked_at),
    topic = coalesce(
        (SELECT topic FROM collector_results AS answer
         WHERE answer.job_run_id = call.job_run_id AND answer.query_id = call.query_id
           AND answer.collector = call.collector AND answer.sample = call.sample),
        (SELECT topic.name FROM generated_queries AS query JOIN topics AS topic ON topic.id = query.topic_id
         WHERE query.id = call.query_id),
        ''),
    locale = coalesce(run.metadata ->> 'locale', (SELECT locale FROM generated_queries WHERE id = call.query_id)),
    country = coalesce(run.metadata ->> 'country', (SELECT country FROM generated_queries WHERE id = call.query_id)),
    city = run.metadata ->> 'city'
FROM job_runs AS run
WHERE run.id = call.job_run_id;
ALTER TABLE query_executions ALTER COLUMN day SET NOT NULL;
-- How many of the calls have no known price.
ALTER TABLE spendings ADD COLUMN unpriced integer NOT NULL DEFAULT 0;
CREATE INDEX ix_query_executions_cell ON query_executions (brand_id, query_id, collector, day)
    WHERE answer_id IS NULL;
"""

ANSWERS = """
ALTER TABLE collector_results
    ADD COLUMN locale text,
    ADD COLUMN country text,
    ADD COLUMN city text,
    -- Where it was shown: by the engine's API, on a results page, in its app.
    ADD COLUMN surface text NOT NULL DEFAULT 'api',
    -- SHA-256 of the question's text: an edited question is another.
    ADD COLUMN question_hash bytea,
    ADD COLUMN is_branded boolean NOT NULL DEFAULT false,
    ADD COLUMN day date,
    -- What the engine looked at and did not cite: [{"url": , "title": }].
    ADD COLUMN searched jsonb NOT NULL DEFAULT '[]',
    -- NULL where the price is not known.
    ALTER COLUMN cost_micro_usd DROP NOT NULL,
    ALTER COLUMN cost_micro_usd DROP DEFAULT,
    ADD CONSTRAINT ck_collector_results_surface CHECK (surface IN ('api', 'results_page', 'app'));
UPDATE collector_results AS answer
SET locale = call.locale,
    country = call.country,
    city = call.city,
    day = call.day,
    question_hash = sha256(convert_to(answer.question, 'UTF8')),
    surface = CASE WHEN answer.collector IN ('google_aio', 'google_ai_mode', 'bing_copilot')
                   THEN 'results_page' ELSE 'api' END
FROM query_executions AS call
WHERE call.job_run_id = answer.job_run_id AND call.query_id = answer.query_id AND call.collector = answer.collector
  AND call.sample = answer.sample AND call.answer_id IS NULL;
-- Of an answer whose call is not there, only its own row tells.
UPDATE collector_results AS answer
SET day = CAST(answer.created_at AT TIME ZONE 'UTC' AS date),
    question_hash = sha256(convert_to(answer.question, 'UTF8'))
WHERE day IS NULL;
ALTER TABLE collector_results ALTER COLUMN day SET NOT NULL, ALTER COLUMN question_hash SET NOT NULL;
CREATE INDEX ix_collector_results_day ON collector_results (brand_id, day, id);
DROP INDEX ix_collector_results_question;

ALTER TABLE generated_queries
    -- Whether it names the brand, as a person says; NULL leaves it to the reader's rules.
    ADD COLUMN is_branded boolean;

ALTER TABLE job_runs
    -- Counts nowhere.
    ADD COLUMN is_test boolean NOT NULL DEFAULT false;
"""

SET_ASIDE = """
-- A run or an answer that is left out of the numbers, and until when.
CREATE TABLE set_asides (
    id           uuid PRIMARY KEY,
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    job_run_id   uuid REFERENCES job_runs (id) ON DELETE CASCADE,
    answer_id    uuid REFERENCES collector_results (id) ON DELETE CASCADE,
    reason       text NOT NULL,
    set_by       text NOT NULL,
    set_at       timestamptz NOT NULL DEFAULT now(),
    back_by      text,
    back_at      timestamptz,
    CONSTRAINT ck_set_asides_what CHECK ((job_run_id IS NULL) <> (answer_id IS NULL)),
    CONSTRAINT ck_set_asides_back CHECK ((back_by IS NULL) = (back_at IS NULL))
);
CREATE UNIQUE INDEX uq_set_asides_run ON set_asides (job_run_id) WHERE back_at IS NULL AND job_run_id IS NOT NULL;
CREATE UNIQUE INDEX uq_set_asides_answer ON set_asides (answer_id) WHERE back_at IS NULL AND answer_id IS NOT NULL;
CREATE INDEX ix_set_asides_run ON set_asides (job_run_id);
CREATE INDEX ix_set_asides_answer ON set_asides (answer_id);
CREATE INDEX ix_set_asides_brand ON set_asides (brand_id, id);
"""

CELLS = """
-- What is alike in all calls and answers that are counted together. Empty words stand for what nobody told.
CREATE TABLE cells (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id    uuid NOT NULL,
    brand_id       uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    query_id       uuid NOT NULL,
    question_hash  bytea NOT NULL,
    topic          text NOT NULL,
    is_branded     boolean NOT NULL,
    collector      text NOT NULL,
    surface        text NOT NULL,
    locale         text NOT NULL,
    country        text NOT NULL,
    city           text NOT NULL,
    -- As the engine reported it; empty for calls without an answer.
    model          text NOT NULL,
    -- By which its answers were read; empty for those that were not.
    rules          text NOT NULL,
    CONSTRAINT uq_cells UNIQUE (customer_id, brand_id, query_id, collector, country, locale, city, model, rules,
                                question_hash, topic, is_branded, surface)
);

-- Which names answers were looked through for, by the rules that read them.
CREATE TABLE reading_rules (
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    rules        text NOT NULL,
    names        text[] NOT NULL,
    PRIMARY KEY (customer_id, brand_id, rules)
);

ALTER TABLE name_rollups RENAME TO old_name_rollups;
ALTER TABLE citation_rollups RENAME TO old_citation_rollups;
ALTER INDEX name_rollups_pkey RENAME TO old_name_rollups_pkey;
ALTER INDEX citation_rollups_pkey RENAME TO old_citation_rollups_pkey;

-- Of the calls and answers of a cell in a day, month or year.
CREATE TABLE cell_rollups (
    customer_id     uuid NOT NULL,
    brand_id        uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    grain           text NOT NULL,
    starts_on       date NOT NULL,
    cell_id         bigint NOT NULL REFERENCES cells (id) ON DELETE CASCADE,
    -- Calls that were planned; of them answers that were read, overviews that were not shown, calls that failed.
    asked           integer NOT NULL,
    answers         integer NOT NULL,
    no_overview     integer NOT NULL,
    failed          integer NOT NULL,
    -- Answers that name anybody tracked.
    naming          integer NOT NULL,
    all_citations   integer NOT NULL,
    cost_micro_usd  bigint NOT NULL,
    -- Calls whose price is not known: the cost is without them.
    unpriced        integer NOT NULL,
    PRIMARY KEY (customer_id, brand_id, grain, starts_on, cell_id),
    CONSTRAINT ck_cell_rollups_grain CHECK (grain IN ('day', 'month', 'year'))
);
CREATE INDEX ix_cell_rollups_cell ON cell_rollups (cell_id, starts_on);

-- Of those answers, the ones that name somebody or cite their pages. Who is in none of them has no row.
CREATE TABLE name_rollups (
    customer_id   uuid NOT NULL,
    brand_id      uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    grain         text NOT NULL,
    starts_on     date NOT NULL,
    cell_id       bigint NOT NULL REFERENCES cells (id) ON DELETE CASCADE,
    name          text NOT NULL,
    named         integer NOT NULL,
    mentions      integer NOT NULL,
    -- Answers that give it a position, the sum of those, and how many are the first.
    placed        integer NOT NULL,
    position_sum  integer NOT NULL,
    firsts        integer NOT NULL,
    -- Answers that were read for tone and name it, and the sum of their scores.
    toned         integer NOT NULL,
    tone_sum      double precision NOT NULL,
    -- Answers that cite its domains, and how often.
    cited         integer NOT NULL,
    citations     integer NOT NULL,
    PRIMARY KEY (customer_id, brand_id, grain, starts_on, cell_id, name),
    CONSTRAINT ck_name_rollups_grain CHECK (grain IN ('day', 'month', 'year'))
);
CREATE INDEX ix_name_rollups_cell ON name_rollups (cell_id, starts_on);

-- The same by domain.
CREATE TABLE citation_rollups (
    customer_id  uuid NOT NULL,
    brand_id     uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    grain        text NOT NULL,
    starts_on    date NOT NULL,
    cell_id      bigint NOT NULL REFERENCES cells (id) ON DELETE CASCADE,
    domain       text NOT NULL,
    owner        text,
    answers      integer NOT NULL,
    citations    integer NOT NULL,
    PRIMARY KEY (customer_id, brand_id, grain, starts_on, cell_id, domain),
    CONSTRAINT ck_citation_rollups_grain CHECK (grain IN ('day', 'month', 'year'))
);
CREATE INDEX ix_citation_rollups_cell ON citation_rollups (cell_id, starts_on);
"""

OLD_SUMS = """
-- Each name had a row wherever it was looked for: the names of a day's rows are those its answers were read for.
CREATE TEMPORARY TABLE old_cells ON COMMIT DROP AS
SELECT brand.customer_id, old.brand_id, old.starts_on, old.query_id, old.collector, max(old.topic) AS topic,
       'before-0010.' || left(md5(string_agg(old.name, E'\\x1f' ORDER BY old.name)), 16) AS rules,
       array_agg(old.name ORDER BY old.name) AS names, max(old.answers) AS answers,
       max(old.named + old.missed) AS naming
FROM old_name_rollups AS old
JOIN brands AS brand ON brand.id = old.brand_id
WHERE old.grain = 'day'
GROUP BY brand.customer_id, old.brand_id, old.starts_on, old.query_id, old.collector;

INSERT INTO reading_rules (customer_id, brand_id, rules, names)
SELECT DISTINCT customer_id, brand_id, rules, names FROM old_cells;

INSERT INTO cells (customer_id, brand_id, query_id, question_hash, topic, is_branded, collector, surface, locale,
                   country, city, model, rules)
SELECT DISTINCT customer_id, brand_id, query_id, CAST('' AS bytea), topic, FALSE, collector,
       CASE WHEN collector IN ('google_aio', 'google_ai_mode', 'bing_copilot') THEN 'results_page' ELSE 'api' END,
       '', '', '', '', rules
FROM old_cells;

CREATE TEMPORARY TABLE old_days ON COMMIT DROP AS
SELECT cells.id AS cell_id, old_cells.*
FROM old_cells
JOIN cells USING (customer_id, brand_id, query_id, collector, topic, rules);

INSERT INTO cell_rollups (customer_id, brand_id, grain, starts_on, cell_id, asked, answers, no_overview, failed,
                          naming, all_citations, cost_micro_usd, unpriced)
SELECT old.customer_id, old.brand_id, span.grain, CAST(date_trunc(span.grain, old.starts_on) AS date), old.cell_id,
       sum(old.answers), sum(old.answers), 0, 0, sum(old.naming), sum(coalesce(cited.citations, 0)), 0, sum(old.answers)
FROM old_days AS old
LEFT JOIN (SELECT brand_id, starts_on, query_id, collector, sum(citations) AS citations
           FROM old_citation_rollups WHERE grain = 'day' GROUP BY 1, 2, 3, 4) AS cited
    USING (brand_id, starts_on, query_id, collector)
CROSS JOIN unnest(ARRAY['day', 'month', 'year']) AS span (grain)
GROUP BY 1, 2, 3, 4, 5;

INSERT INTO name_rollups (customer_id, brand_id, grain, starts_on, cell_id, name, named, mentions, placed, position_sum,
                          firsts, toned, tone_sum, cited, citations)
SELECT day.customer_id, day.brand_id, span.grain, CAST(date_trunc(span.grain, day.starts_on) AS date), day.cell_id,
       old.name, sum(old.named), sum(old.mentions), sum(old.placed), sum(old.position_sum), sum(old.firsts),
       sum(old.toned), sum(old.tone_sum), sum(coalesce(own.answers, 0)), sum(coalesce(own.citations, 0))
FROM old_days AS day
JOIN old_name_rollups AS old USING (brand_id, starts_on, query_id, collector)
LEFT JOIN (SELECT brand_id, starts_on, query_id, collector, owner AS name, max(answers) AS answers,
                  sum(citations) AS citations
           FROM old_citation_rollups WHERE grain = 'day' AND owner IS NOT NULL GROUP BY 1, 2, 3, 4, 5) AS own
    USING (brand_id, starts_on, query_id, collector, name)
CROSS JOIN unnest(ARRAY['day', 'month', 'year']) AS span (grain)
WHERE old.grain = 'day' AND (old.named > 0 OR own.citations > 0)
GROUP BY 1, 2, 3, 4, 5, 6;

INSERT INTO citation_rollups (customer_id, brand_id, grain, starts_on, cell_id, domain, owner, answers, citations)
SELECT day.customer_id, day.brand_id, span.grain, CAST(date_trunc(span.grain, day.starts_on) AS date), day.cell_id,
       old.domain, max(old.owner), sum(old.answers), sum(old.citations)
FROM old_days AS day
JOIN old_citation_rollups AS old USING (brand_id, starts_on, query_id, collector)
CROSS JOIN unnest(ARRAY['day', 'month', 'year']) AS span (grain)
WHERE old.grain = 'day'
GROUP BY 1, 2, 3, 4, 5, 6;

DROP TABLE old_name_rollups, old_citation_rollups;

INSERT INTO rollups_due (brand_id, query_id, collector, day)
SELECT brand_id, query_id, collector, day FROM query_executions WHERE answer_id IS NULL
UNION
-- Where it was counted until now, which the day it counts for need not be.
SELECT brand_id, query_id, collector, CAST(created_at AT TIME ZONE 'UTC' AS date) FROM collector_results;
"""

MEASURED = """
-- The calls that count, each with what tells its cell, and the cell once it is there. What is not measured is not here.
CREATE VIEW measured_calls AS
SELECT call.*, cell.id AS cell_id
FROM (
    SELECT call.id, call.customer_id, call.brand_id, call.query_id, call.collector, call.day, call.status,
           call.cost_micro_usd, call.topic,
           answer.id AS answer_id,
           coalesce(answer.question_hash, sha256(convert_to(call.question, 'UTF8'))) AS question_hash,
           coalesce(query.is_branded, answer.is_branded, call.is_branded) AS is_branded,
           coalesce(answer.surface, '') AS surface,
           coalesce(call.locale, '') AS locale,
           coalesce(call.country, '') AS country,
           coalesce(call.city, '') AS city,
           coalesce(answer.model, '') AS model,
           coalesce(answer.positions_rules, '') AS rules
    FROM query_executions AS call
    JOIN job_runs AS run ON run.id = call.job_run_id
    LEFT JOIN collector_results AS answer
           ON answer.job_run_id = call.job_run_id AND answer.query_id = call.query_id
          AND answer.collector = call.collector AND answer.sample = call.sample
    -- What a person said of a question holds for the text it was said of.
    LEFT JOIN generated_queries AS query ON query.id = call.query_id AND query.text = call.question
    WHERE call.answer_id IS NULL
      AND call.status <> 'asking'
      AND NOT run.is_test
      AND NOT EXISTS (SELECT FROM set_asides AS aside WHERE aside.job_run_id = run.id AND aside.back_at IS NULL)
      AND NOT EXISTS (SELECT FROM set_asides AS aside WHERE aside.answer_id = answer.id AND aside.back_at IS NULL)
) AS call
LEFT JOIN cells AS cell
    USING (customer_id, brand_id, query_id, collector, country, locale, city, model, rules, question_hash, topic,
           is_branded, surface);

-- Those that are counted. A call that ended since the cells were made is due by itself, and counted next.
CREATE VIEW counted_calls AS
SELECT * FROM measured_calls WHERE cell_id IS NOT NULL;
"""

BACK = """
DROP VIEW counted_calls, measured_calls;

CREATE TABLE old_name_rollups (
    brand_id uuid NOT NULL, grain text NOT NULL, starts_on date NOT NULL, query_id uuid NOT NULL,
    collector text NOT NULL, name text NOT NULL, topic text NOT NULL, answers integer NOT NULL,
    named integer NOT NULL, mentions integer NOT NULL, placed integer NOT NULL, position_sum integer NOT NULL,
    firsts integer NOT NULL, toned integer NOT NULL, tone_sum double precision NOT NULL, missed integer NOT NULL);
INSERT INTO old_name_rollups
SELECT sums.brand_id, sums.grain, sums.starts_on, cell.query_id, cell.collector, looked_for.name, max(cell.topic),
       sum(sums.answers), sum(coalesce(said.named, 0)), sum(coalesce(said.mentions, 0)),
       sum(coalesce(said.placed, 0)), sum(coalesce(said.position_sum, 0)), sum(coalesce(said.firsts, 0)),
       sum(coalesce(said.toned, 0)), sum(coalesce(said.tone_sum, 0)), sum(sums.naming - coalesce(said.named, 0))
FROM cell_rollups AS sums
JOIN cells AS cell ON cell.id = sums.cell_id
JOIN reading_rules AS rules ON rules.brand_id = cell.brand_id AND rules.rules = cell.rules
CROSS JOIN unnest(rules.names) AS looked_for (name)
LEFT JOIN name_rollups AS said
       ON said.customer_id = sums.customer_id AND said.brand_id = sums.brand_id AND said.grain = sums.grain
      AND said.starts_on = sums.starts_on AND said.cell_id = sums.cell_id AND said.name = looked_for.name
GROUP BY 1, 2, 3, 4, 5, 6;

CREATE TABLE old_citation_rollups (
    brand_id uuid NOT NULL, grain text NOT NULL, starts_on date NOT NULL, query_id uuid NOT NULL,
    collector text NOT NULL, domain text NOT NULL, topic text NOT NULL, owner text, answers integer NOT NULL,
    citations integer NOT NULL);
INSERT INTO old_citation_rollups
SELECT sums.brand_id, sums.grain, sums.starts_on, cell.query_id, cell.collector, sums.domain, max(cell.topic),
       max(sums.owner), sum(sums.answers), sum(sums.citations)
FROM citation_rollups AS sums
JOIN cells AS cell ON cell.id = sums.cell_id
GROUP BY 1, 2, 3, 4, 5, 6;

DROP TABLE name_rollups, citation_rollups, cell_rollups, reading_rules, cells, set_asides;
ALTER TABLE old_name_rollups RENAME TO name_rollups;
ALTER TABLE old_citation_rollups RENAME TO citation_rollups;
ALTER TABLE name_rollups
    ADD CONSTRAINT name_rollups_pkey PRIMARY KEY (brand_id, grain, starts_on, query_id, collector, name),
    ADD CONSTRAINT ck_name_rollups_grain CHECK (grain IN ('day', 'month', 'year')),
    ADD CONSTRAINT name_rollups_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands (id) ON DELETE CASCADE;
ALTER TABLE citation_rollups
    ADD CONSTRAINT citation_rollups_pkey PRIMARY KEY (brand_id, grain, starts_on, query_id, collector, domain),
    ADD CONSTRAINT ck_citation_rollups_grain CHECK (grain IN ('day', 'month', 'year')),
    ADD CONSTRAINT citation_rollups_brand_id_fkey FOREIGN KEY (brand_id) REFERENCES brands (id) ON DELETE CASCADE;

UPDATE collector_results SET cost_micro_usd = 0 WHERE cost_micro_usd IS NULL;
ALTER TABLE collector_results
    DROP COLUMN locale, DROP COLUMN country, DROP COLUMN city, DROP COLUMN surface, DROP COLUMN question_hash,
    DROP COLUMN is_branded, DROP COLUMN day, DROP COLUMN searched,
    ALTER COLUMN cost_micro_usd SET DEFAULT 0,
    ALTER COLUMN cost_micro_usd SET NOT NULL;
CREATE INDEX ix_collector_results_question ON collector_results (brand_id, query_id, collector, created_at);
UPDATE query_executions SET status = 'failed', error_kind = 'no_answer' WHERE status = 'no_overview';
UPDATE query_executions SET cost_micro_usd = 0 WHERE cost_micro_usd IS NULL;
ALTER TABLE spendings DROP COLUMN unpriced;
ALTER TABLE query_executions
    DROP COLUMN topic, DROP COLUMN locale, DROP COLUMN country, DROP COLUMN city, DROP COLUMN is_branded,
    DROP COLUMN day, DROP COLUMN is_copy,
    ALTER COLUMN cost_micro_usd SET NOT NULL,
    DROP CONSTRAINT ck_query_executions_status,
    ADD CONSTRAINT ck_query_executions_status CHECK (status IN ('asking', 'answered', 'failed', 'unknown'));
ALTER TABLE generated_queries DROP COLUMN is_branded;
ALTER TABLE job_runs DROP COLUMN is_test;
DROP FUNCTION measured_day;
"""


def upgrade() -> None:
    """Adds them, fills them in as far as runs and questions tell, and has all that is there counted anew."""
    for part in (DAY, CALLS, ANSWERS, SET_ASIDE, CELLS, OLD_SUMS, MEASURED):
        op.execute(part)
    # Else the first looks would be planned for a handful of rows, until autovacuum comes by.
    op.execute("ANALYZE query_executions, collector_results, cells, cell_rollups, name_rollups, citation_rollups")


def downgrade() -> None:
    """Takes them away; sums are those of a question and an engine again, and no overview shown is a failure."""
    op.execute(BACK)
