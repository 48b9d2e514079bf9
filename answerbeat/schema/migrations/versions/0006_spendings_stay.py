"""What a brand has cost stays when the brand goes, so that a customer's budget can't be won back by deleting."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Loosens them from the brand; they still go with the customer."""
    op.execute("""
        ALTER TABLE spendings
            DROP CONSTRAINT fk_spendings_brand,
            ADD CONSTRAINT fk_spendings_customer FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE;
    """)


def downgrade() -> None:
    """Ties them to the brand again; those of brands that are gone go."""
    op.execute("""
        DELETE FROM spendings WHERE NOT EXISTS (SELECT FROM brands WHERE brands.id = spendings.brand_id);
        ALTER TABLE spendings
            DROP CONSTRAINT fk_spendings_customer,
            ADD CONSTRAINT fk_spendings_brand FOREIGN KEY (brand_id, customer_id)
                REFERENCES brands (id, customer_id) ON DELETE CASCADE;
    """)
