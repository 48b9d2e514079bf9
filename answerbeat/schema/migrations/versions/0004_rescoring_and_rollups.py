"""Answers know by which rules they were read, so that they can be read again; and sums for insights."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

RULES = """
ALTER TABLE collector_results
    -- The scorer's version and a digest of the names it looked for; NULL while unread.
    ADD COLUMN positions_rules text,
    ADD COLUMN sentiments_rules text,
    -- What was read off it is not in the rollups yet.
    ADD COLUMN is_rollup_due boolean NOT NULL DEFAULT false;
DROP INDEX ix_collector_results_unplaced, ix_collector_results_unjudged;
ALTER TABLE collector_results DROP COLUMN positions_version, DROP COLUMN sentiments_version;
CREATE INDEX ix_collector_results_positions_rules ON collector_results (brand_id, positions_rules, id);
CREATE INDEX ix_collector_results_sentiments_rules ON collector_results (brand_id, sentiments_rules, id);
CREATE INDEX ix_collector_results_rollup_due ON collector_results (brand_id) WHERE is_rollup_due;
CREATE INDEX ix_collector_results_question ON collector_results (brand_id, query_id, collector, created_at);
"""

ROLLUPS = """
-- Sums over the answers of a day, a month and a year of UTC, by question, engine and tracked name.
CREATE TABLE name_rollups (
    brand_id      uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    grain         text NOT NULL,
    starts_on     date NOT NULL,
    query_id      uuid NOT NULL,
    collector     text NOT NULL,
    name          text NOT NULL,
    topic         text NOT NULL,
    -- All answers that were read, whomever they name.
    answers       integer NOT NULL,
    named         integer NOT NULL,
    mentions      integer NOT NULL,
    -- Answers that give it a position, the sum of those, and how many are the first.
    placed        integer NOT NULL,
    position_sum  integer NOT NULL,
    firsts        integer NOT NULL,
    -- Answers that were read for tone and name it, and the sum of their scores.
    toned         integer NOT NULL,
    tone_sum      double precision NOT NULL,
    -- Answers that name others but not this one.
    missed        integer NOT NULL,
    PRIMARY KEY (brand_id, grain, starts_on, query_id, collector, name),
    CONSTRAINT ck_name_rollups_grain CHECK (grain IN ('day', 'month', 'year'))
);

-- The same of the pages cited, by domain.
CREATE TABLE citation_rollups (
    brand_id   uuid NOT NULL REFERENCES brands (id) ON DELETE CASCADE,
    grain      text NOT NULL,
    starts_on  date NOT NULL,
    query_id   uuid NOT NULL,
    collector  text NOT NULL,
    domain     text NOT NULL,
    topic      text NOT NULL,
    owner      text,
    -- Answers that cite it, and how often.
    answers    integer NOT NULL,
    citations  integer NOT NULL,
    PRIMARY KEY (brand_id, grain, starts_on, query_id, collector, domain),
    CONSTRAINT ck_citation_rollups_grain CHECK (grain IN ('day', 'month', 'year'))
);

-- Names that lead an answer's list and are not tracked: possible competitors.
CREATE TABLE untracked_names (
    collector_result_id  uuid NOT NULL REFERENCES collector_results (id) ON DELETE CASCADE,
    brand_id             uuid NOT NULL,
    name                 text NOT NULL,
    position             integer NOT NULL,
    PRIMARY KEY (collector_result_id, name)
);
CREATE INDEX ix_untracked_names_brand_id ON untracked_names (brand_id, collector_result_id);
"""


def upgrade() -> None:
    """Adds them. Answers are read once more by the next scoring run: they have no rules yet."""
    op.execute(RULES)
    op.execute(ROLLUPS)


def downgrade() -> None:
    """Takes them away; all answers are unread again."""
    op.execute("""
        DROP TABLE name_rollups, citation_rollups, untracked_names;
        ALTER TABLE collector_results
            DROP COLUMN positions_rules, DROP COLUMN sentiments_rules, DROP COLUMN is_rollup_due,
            ADD COLUMN positions_version integer, ADD COLUMN sentiments_version integer;
        DROP INDEX ix_collector_results_question;
        CREATE INDEX ix_collector_results_unplaced ON collector_results (brand_id, id) WHERE positions_version IS NULL;
        CREATE INDEX ix_collector_results_unjudged ON collector_results (brand_id, id)
            WHERE sentiments_version IS NULL;
    """)
