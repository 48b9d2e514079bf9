"""What workers can ask: each tells it for a while, and tells it again while it lives."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds it, empty: workers fill it as they start."""
    op.execute("""
        CREATE TABLE worker_engines (
            worker_id               text NOT NULL,
            collector               text NOT NULL,
            title                   text NOT NULL,
            model                   text NOT NULL,
            -- What to set before it can be asked; NULL when it can.
            missing                 text,
            is_base_url_overridden  boolean NOT NULL,
            is_emulated             boolean NOT NULL,
            expires_at              timestamptz NOT NULL,
            PRIMARY KEY (worker_id, collector)
        );
    """)


def downgrade() -> None:
    """Drops it."""
    op.execute("DROP TABLE worker_engines")
