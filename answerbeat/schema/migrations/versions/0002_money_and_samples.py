"""Budgets, what was spent, engines that are left in peace, and several samples of one question."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MONEY = """
ALTER TABLE limits
    -- What calls may cost in a day and in a month of UTC, in millionths of a US dollar.
    ADD COLUMN max_micro_usd_per_day bigint,
    ADD COLUMN max_micro_usd_per_month bigint,
    DROP CONSTRAINT ck_limits_bounds,
    DROP CONSTRAINT ck_limits_something,
    ADD CONSTRAINT ck_limits_bounds CHECK (
        max_concurrent >= 1 AND max_per_minute >= 1 AND max_micro_usd_per_day >= 0 AND max_micro_usd_per_month >= 0),
    ADD CONSTRAINT ck_limits_something CHECK (
        num_nonnulls(max_concurrent, max_per_minute, max_micro_usd_per_day, max_micro_usd_per_month) > 0);

-- The bill by day: kept with each call's end, and after its run is deleted.
CREATE TABLE spendings (
    brand_id     uuid NOT NULL,
    customer_id  uuid NOT NULL,
    collector    text NOT NULL,
    -- Of UTC.
    day          date NOT NULL,
    calls        integer NOT NULL,
    micro_usd    bigint NOT NULL,
    PRIMARY KEY (brand_id, day, collector),
    CONSTRAINT fk_spendings_brand FOREIGN KEY (brand_id, customer_id)
        REFERENCES brands (id, customer_id) ON DELETE CASCADE,
    CONSTRAINT ck_spendings_amounts CHECK (calls >= 0 AND micro_usd >= 0)
);
CREATE INDEX ix_spendings_customer_id ON spendings (customer_id, day);
CREATE INDEX ix_spendings_collector ON spendings (collector, day);
INSERT INTO spendings
    SELECT call.brand_id, call.customer_id, call.collector, CAST(call.asked_at AT TIME ZONE 'UTC' AS date), count(*),
           sum(call.cost_micro_usd)
    FROM query_executions AS call
    JOIN brands ON brands.id = call.brand_id
    WHERE call.cost_micro_usd > 0
    GROUP BY 1, 2, 3, 4;

-- Each limit's spending in the day and the month of UTC that it is now; the bound is NULL where there is none.
CREATE VIEW budgets AS
    SELECT bound.scope, bound.key, period.name AS period, period.bound AS bound_micro_usd,
           CAST(coalesce(CASE bound.scope
               WHEN 'customer' THEN (
                   SELECT sum(micro_usd) FROM spendings
                   WHERE customer_id = CAST(bound.key AS uuid) AND day >= period.first_day)
               WHEN 'brand' THEN (
                   SELECT sum(micro_usd) FROM spendings
                   WHERE brand_id = CAST(bound.key AS uuid) AND day >= period.first_day)
               ELSE (
                   SELECT sum(micro_usd) FROM spendings
                   WHERE collector = bound.key AND day >= period.first_day)
           END, 0) AS bigint) AS spent_micro_usd
    FROM limits AS bound
    CROSS JOIN LATERAL (VALUES
        ('day', bound.max_micro_usd_per_day, CAST(now() AT TIME ZONE 'UTC' AS date)),
        ('month', bound.max_micro_usd_per_month, CAST(date_trunc('month', now() AT TIME ZONE 'UTC') AS date))
    ) AS period (name, bound, first_day);

-- Engines that asked for a pause, or failed several times in a row; all workers heed it.
CREATE TABLE engine_pauses (
    collector  text PRIMARY KEY,
    -- Not asked before.
    until      timestamptz NOT NULL,
    -- In a row.
    failures   integer NOT NULL,
    reason     text NOT NULL
);
"""

SAMPLES = """
ALTER TABLE query_executions
    ADD COLUMN sample smallint NOT NULL DEFAULT 1,
    DROP CONSTRAINT uq_query_executions_call,
    ADD CONSTRAINT uq_query_executions_call UNIQUE (job_run_id, query_id, collector, sample);
ALTER TABLE collector_results
    ADD COLUMN sample smallint NOT NULL DEFAULT 1,
    DROP CONSTRAINT uq_collector_results_call,
    ADD CONSTRAINT uq_collector_results_call UNIQUE (job_run_id, query_id, collector, sample);
"""


def upgrade() -> None:
    """Adds them."""
    op.execute(MONEY)
    op.execute(SAMPLES)


def downgrade() -> None:
    """Takes them away; of several samples the first stays."""
    op.execute("""
        DELETE FROM collector_results WHERE sample > 1;
        DELETE FROM query_executions WHERE sample > 1;
        ALTER TABLE collector_results
            DROP COLUMN sample,
            ADD CONSTRAINT uq_collector_results_call UNIQUE (job_run_id, query_id, collector);
        ALTER TABLE query_executions
            DROP COLUMN sample,
            ADD CONSTRAINT uq_query_executions_call UNIQUE (job_run_id, query_id, collector);
        DROP VIEW budgets;
        DROP TABLE engine_pauses, spendings;
        DELETE FROM limits WHERE num_nonnulls(max_concurrent, max_per_minute) = 0;
        ALTER TABLE limits
            DROP COLUMN max_micro_usd_per_day,
            DROP COLUMN max_micro_usd_per_month,
            ADD CONSTRAINT ck_limits_bounds CHECK (max_concurrent >= 1 AND max_per_minute >= 1),
            ADD CONSTRAINT ck_limits_something CHECK (max_concurrent IS NOT NULL OR max_per_minute IS NOT NULL);
    """)
