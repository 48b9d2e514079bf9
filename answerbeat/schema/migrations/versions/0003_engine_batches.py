"""Calls that were handed to an engine together, to be answered within a day at half the price."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BATCHES = """
CREATE TABLE engine_batches (
    id            uuid PRIMARY KEY,
    customer_id   uuid NOT NULL,
    job_run_id    uuid NOT NULL,
    collector     text NOT NULL,
    -- The engine's own name for it; NULL until the engine has told it.
    reference     text,
    submitted_at  timestamptz,
    ended_at      timestamptz,
    CONSTRAINT fk_engine_batches_run FOREIGN KEY (job_run_id) REFERENCES job_runs (id) ON DELETE CASCADE,
    CONSTRAINT ck_engine_batches_submitted CHECK ((reference IS NULL) = (submitted_at IS NULL))
);
CREATE INDEX ix_engine_batches_open ON engine_batches (job_run_id) WHERE ended_at IS NULL;
ALTER TABLE query_executions
    ADD COLUMN batch_id uuid REFERENCES engine_batches (id) ON DELETE SET NULL;
CREATE INDEX ix_query_executions_batch ON query_executions (batch_id) WHERE batch_id IS NOT NULL;
"""


def upgrade() -> None:
    """Adds them."""
    op.execute(BATCHES)


def downgrade() -> None:
    """Drops them."""
    op.execute("ALTER TABLE query_executions DROP COLUMN batch_id")
    op.execute("DROP TABLE engine_batches")
