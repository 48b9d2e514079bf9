"""Brands and customers are removed in steps: marked first, so that nobody sees them, and their history bit by bit.

A name is free again once its owner is marked.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MARKS = """
ALTER TABLE customers
    -- Since when it is gone for all who look; the row goes when all that hangs on it has gone.
    ADD COLUMN deleted_at timestamptz,
    DROP CONSTRAINT uq_customers_name;
CREATE UNIQUE INDEX uq_customers_name ON customers (name) WHERE deleted_at IS NULL;
CREATE INDEX ix_customers_deleted_at ON customers (deleted_at) WHERE deleted_at IS NOT NULL;

ALTER TABLE brands
    ADD COLUMN deleted_at timestamptz,
    DROP CONSTRAINT uq_brands_customer_id_name;
CREATE UNIQUE INDEX uq_brands_customer_id_name ON brands (customer_id, name) WHERE deleted_at IS NULL;
CREATE INDEX ix_brands_deleted_at ON brands (deleted_at) WHERE deleted_at IS NOT NULL;
"""

WAYS_DOWN = """
-- Schedules go one after the other, whichever depends on whichever.
ALTER TABLE scheduled_jobs
    DROP CONSTRAINT scheduled_jobs_depends_on_fkey,
    ADD CONSTRAINT fk_scheduled_jobs_depends_on
        FOREIGN KEY (depends_on) REFERENCES scheduled_jobs (id) ON DELETE SET NULL;
CREATE INDEX ix_scheduled_jobs_depends_on ON scheduled_jobs (depends_on) WHERE depends_on IS NOT NULL;
CREATE INDEX ix_scheduled_jobs_ended ON scheduled_jobs (brand_id, id) WHERE deleted_at IS NOT NULL;
-- Else each run that goes has all batches looked through.
CREATE INDEX ix_engine_batches_job_run_id ON engine_batches (job_run_id);
"""


def upgrade() -> None:
    """Adds them."""
    op.execute(MARKS)
    op.execute(WAYS_DOWN)


def downgrade() -> None:
    """Drops them, and at once what was on its way out."""
    op.execute("""
        UPDATE scheduled_jobs SET depends_on = NULL
        WHERE brand_id IN (SELECT id FROM brands WHERE deleted_at IS NOT NULL);
        DELETE FROM brands WHERE deleted_at IS NOT NULL;
        DELETE FROM customers WHERE deleted_at IS NOT NULL;
        DROP INDEX ix_engine_batches_job_run_id, ix_scheduled_jobs_ended, ix_scheduled_jobs_depends_on;
        ALTER TABLE scheduled_jobs
            DROP CONSTRAINT fk_scheduled_jobs_depends_on,
            ADD CONSTRAINT scheduled_jobs_depends_on_fkey FOREIGN KEY (depends_on) REFERENCES scheduled_jobs (id);
        DROP INDEX uq_brands_customer_id_name, uq_customers_name;
        ALTER TABLE brands
            DROP COLUMN deleted_at,
            ADD CONSTRAINT uq_brands_customer_id_name UNIQUE (customer_id, name);
        ALTER TABLE customers
            DROP COLUMN deleted_at,
            ADD CONSTRAINT uq_customers_name UNIQUE (name);
    """)
