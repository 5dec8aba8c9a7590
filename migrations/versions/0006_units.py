"""Counters of lines that add up: what a line says has shipped and come back is what its shipments and returns say."""

from collections.abc import Sequence

from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

WHEN = {
    "order_lines_made": "AFTER INSERT ON order_lines FOR EACH ROW WHEN (NEW.shipped <> 0 OR NEW.returned <> 0)",
    "order_lines_moved": "AFTER UPDATE OF shipped, returned ON order_lines FOR EACH ROW"
    " WHEN ((OLD.shipped, OLD.returned) IS DISTINCT FROM (NEW.shipped, NEW.returned))",
    "shipment_lines_made": "AFTER INSERT ON shipment_lines FOR EACH ROW",
    "return_lines_made": "AFTER INSERT ON return_lines FOR EACH ROW",
}
"""By trigger. They fire at the end of the statement, so one statement that writes counters and units passes; placing an
order fires none. Shipments and returns are only ever added to."""


def upgrade() -> None:
    op.execute(
        """
        CREATE FUNCTION order_units() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
        DECLARE
            wanted uuid;
            line record;
            packed bigint;
            back bigint;
        BEGIN
            IF TG_TABLE_NAME = 'order_lines' THEN wanted := NEW.id; ELSE wanted := NEW.line_id; END IF;
            SELECT shipped, returned INTO line FROM public.order_lines
                WHERE organization_id = NEW.organization_id AND order_id = NEW.order_id AND id = wanted;
            SELECT coalesce(sum(quantity), 0) INTO packed FROM public.shipment_lines
                WHERE organization_id = NEW.organization_id AND order_id = NEW.order_id AND line_id = wanted;
            SELECT coalesce(sum(quantity), 0) INTO back FROM public.return_lines
                WHERE organization_id = NEW.organization_id AND order_id = NEW.order_id AND line_id = wanted;
            IF (line.shipped, line.returned) IS DISTINCT FROM (packed, back) THEN
                RAISE EXCEPTION 'line % says % shipped and % returned, its shipments % and its returns %',
                    wanted, line.shipped, line.returned, packed, back
                    USING ERRCODE = 'OW002', CONSTRAINT = TG_NAME;
            END IF;
            RETURN NULL;
        END $$
        """
    )
    for name, when in WHEN.items():
        op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION order_units()")


def downgrade() -> None:
    for name, when in WHEN.items():
        table = when.partition(" ON ")[2].partition(" ")[0]
        op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute("DROP FUNCTION order_units")
