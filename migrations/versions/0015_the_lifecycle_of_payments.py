"""The lifecycle of payments in a trigger: what has been written of money is never unwritten by raw SQL."""

from collections.abc import Sequence

from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

EDGES = (
    ("authorized", "capturing"),
    ("authorized", "voiding"),
    ("authorizing", "authorized"),
    ("authorizing", "declined"),
    ("authorizing", "unknown"),
    ("authorizing", "voiding"),
    ("captured", "refunding"),
    ("capturing", "authorized"),
    ("capturing", "captured"),
    ("capturing", "refunding"),
    ("capturing", "unknown"),
    ("refunding", "captured"),
    ("refunding", "refunded"),
    ("refunding", "unknown"),
    ("unknown", "authorizing"),
    ("unknown", "capturing"),
    ("unknown", "refunding"),
    ("unknown", "voiding"),
    ("voiding", "unknown"),
    ("voiding", "voided"),
)
"""Which status of a payment one statement may let follow which."""


def upgrade() -> None:
    legal = ", ".join(f"('{source}', '{target}')" for source, target in EDGES)
    op.execute(
        f"""
        CREATE FUNCTION payments_lifecycle() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                IF NEW.status = 'authorizing' THEN RETURN NULL; END IF;
            ELSIF NEW.status = OLD.status OR (OLD.status, NEW.status) IN ({legal}) THEN
                RETURN NULL;
            END IF;
            RAISE EXCEPTION 'a payment that is % cannot become %', coalesce(OLD.status, 'new'), NEW.status
                USING ERRCODE = 'OW001', CONSTRAINT = TG_NAME;
        END $$
        """
    )
    # At the end of the transaction: a dry run supposes that its payment succeeds at once, and never gets there.
    op.execute(
        "CREATE CONSTRAINT TRIGGER payments_lifecycle AFTER INSERT OR UPDATE OF status ON payments"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_lifecycle()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER payments_lifecycle ON payments")
    op.execute("DROP FUNCTION payments_lifecycle")
