"""Runs migrations on the connection that `adapters.postgres.migrating` hands over; see `./orderwright migrate --help`."""

from alembic import context

from adapters.records.schema import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Migrations run through ./orderwright migrate up|down|check.")

context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=True)
with context.begin_transaction():
    context.run_migrations()
