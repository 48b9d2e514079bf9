"""What nobody knows the price of is told apart from what is free, and a copy from an engine's cache from an answer."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds them. What was written down before keeps its 0: whether it was known can't be told any more."""
    op.execute("""
        ALTER TABLE query_executions
            -- Unset when some attempt has cost nobody knows how much.
            ALTER COLUMN cost_micro_usd DROP NOT NULL,
            ADD COLUMN is_copy boolean NOT NULL DEFAULT FALSE;
        ALTER TABLE collector_results ALTER COLUMN cost_micro_usd DROP NOT NULL;
        -- How many of the calls have no known price.
        ALTER TABLE spendings ADD COLUMN unpriced integer NOT NULL DEFAULT 0;
    """)


def downgrade() -> None:
    """Drops them; what is unknown is 0 again."""
    op.execute("""
        ALTER TABLE spendings DROP COLUMN unpriced;
        UPDATE collector_results SET cost_micro_usd = 0 WHERE cost_micro_usd IS NULL;
        ALTER TABLE collector_results ALTER COLUMN cost_micro_usd SET NOT NULL;
        UPDATE query_executions SET cost_micro_usd = 0 WHERE cost_micro_usd IS NULL;
        ALTER TABLE query_executions
            ALTER COLUMN cost_micro_usd SET NOT NULL,
            DROP COLUMN is_copy;
    """)
