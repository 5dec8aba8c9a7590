"""How aggregates are written down: tables, rows, and the changes to them. Memory and PostgreSQL both read this room."""
