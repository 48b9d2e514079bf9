"""Answers that were got elsewhere are taken in, and brought in by a run of their own."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

IMPORTS = """
ALTER TABLE job_runs
    DROP CONSTRAINT ck_job_runs_job_type,
    ADD CONSTRAINT ck_job_runs_job_type
        CHECK (job_type IN ('data_collection', 'scoring', 'data_collection_and_scoring', 'answer_import'));

-- A line of a file that was imported. It stays when its answer goes: sent again, it is known.
CREATE TABLE imported_answers (
    brand_id     uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    -- SHA-256 of the line's own id, else of all it says.
    key          bytea NOT NULL,
    customer_id  uuid NOT NULL,
    -- The run that brings it in; it is made after this, so that it finds its lines.
    run_id       uuid NOT NULL,
    line         integer NOT NULL,
    query_id     uuid NOT NULL,
    question     text NOT NULL,
    topic        text NOT NULL,
    collector    text NOT NULL,
    sample       smallint NOT NULL,
    model        text NOT NULL,
    surface      text NOT NULL,
    locale       text,
    country      text,
    city         text,
    answered_at  timestamptz NOT NULL,
    day          date NOT NULL,
    text         text NOT NULL,
    format       text NOT NULL,
    -- [{"url": , "title": }]
    sources      jsonb NOT NULL,
    PRIMARY KEY (brand_id, key),
    CONSTRAINT ck_imported_answers_surface CHECK (surface IN ('api', 'results_page', 'app')),
    CONSTRAINT ck_imported_answers_format CHECK (format IN ('markdown', 'text', 'html'))
);
CREATE UNIQUE INDEX uq_imported_answers_line ON imported_answers (run_id, line);
"""

BACK = """
DROP TABLE imported_answers;
UPDATE job_runs SET job_type = 'scoring' WHERE job_type = 'answer_import';
ALTER TABLE job_runs
    DROP CONSTRAINT ck_job_runs_job_type,
    ADD CONSTRAINT ck_job_runs_job_type
        CHECK (job_type IN ('data_collection', 'scoring', 'data_collection_and_scoring'));
"""


def upgrade() -> None:
    """Makes room for them."""
    op.execute(IMPORTS)


def downgrade() -> None:
    """Takes the lines away; the answers stay, and their runs are called scoring."""
    op.execute(BACK)
