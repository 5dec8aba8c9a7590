"""Organizations, their members, and what a role may do."""
