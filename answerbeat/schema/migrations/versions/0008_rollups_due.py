"""What is to be counted anew stands in a table of its own: who reads answers adds to it, who counts takes from it.

As a mark on each answer, two services had to write one row.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DUE = """
CREATE TABLE rollups_due (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    brand_id   uuid NOT NULL,
    query_id   uuid NOT NULL,
    collector  text NOT NULL,
    day        date NOT NULL
);
CREATE INDEX ix_rollups_due_brand ON rollups_due (brand_id);
INSERT INTO rollups_due (brand_id, query_id, collector, day)
SELECT DISTINCT brand_id, query_id, collector, CAST(created_at AT TIME ZONE 'UTC' AS date)
FROM collector_results
WHERE is_rollup_due;
ALTER TABLE collector_results DROP COLUMN is_rollup_due;
"""
MARKS = """
ALTER TABLE collector_results ADD COLUMN is_rollup_due boolean NOT NULL DEFAULT false;
UPDATE collector_results AS answer
SET is_rollup_due = TRUE
FROM rollups_due AS due
WHERE answer.brand_id = due.brand_id AND answer.query_id = due.query_id AND answer.collector = due.collector
  AND CAST(answer.created_at AT TIME ZONE 'UTC' AS date) = due.day;
CREATE INDEX ix_collector_results_rollup_due ON collector_results (brand_id) WHERE is_rollup_due;
DROP TABLE rollups_due;
"""


def upgrade() -> None:
    """Adds it, with what was marked."""
    op.execute(DUE)


def downgrade() -> None:
    """Marks the answers again, all of a cell."""
    op.execute(MARKS)
