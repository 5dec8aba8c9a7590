"""How aggregates are written down: tables, rows, and the changes to them. Memory and PostgreSQL both read this room."""

import adapters.records.tables as tables  # so that whoever asks the schema finds every table in it

__all__ = ["tables"]
