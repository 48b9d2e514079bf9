"""Calls that have an engine judge an answer's tone, and what it said, so that no statement is judged twice."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CALLS = """
ALTER TABLE query_executions
    -- The answer whose tone is judged; NULL for a call that asks the question.
    ADD COLUMN answer_id uuid REFERENCES collector_results (id) ON DELETE CASCADE,
    DROP CONSTRAINT uq_query_executions_call,
    ADD CONSTRAINT uq_query_executions_call
        UNIQUE NULLS NOT DISTINCT (job_run_id, query_id, collector, sample, answer_id);
CREATE INDEX ix_query_executions_answer ON query_executions (answer_id) WHERE answer_id IS NOT NULL;
"""

JUDGEMENTS = """
ALTER TABLE extracted_sentiments
    -- Who judged, as collector/model; NULL for the encoder that Answerbeat brings.
    ADD COLUMN judge text;

CREATE TABLE tone_judgements (
    brand_id   uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    -- Of the statement, the name, the model and what it was told.
    digest     bytea NOT NULL,
    tone       text NOT NULL,
    judged_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (brand_id, digest),
    CONSTRAINT ck_tone_judgements_tone CHECK (tone IN ('positive', 'neutral', 'negative'))
);
"""


def upgrade() -> None:
    """Adds them."""
    op.execute(CALLS)
    op.execute(JUDGEMENTS)


def downgrade() -> None:
    """Drops them, with the calls that judged."""
    op.execute("""
        DROP TABLE tone_judgements;
        ALTER TABLE extracted_sentiments DROP COLUMN judge;
        DELETE FROM query_executions WHERE answer_id IS NOT NULL;
        ALTER TABLE query_executions
            DROP COLUMN answer_id,
            ADD CONSTRAINT uq_query_executions_call UNIQUE (job_run_id, query_id, collector, sample);
    """)
