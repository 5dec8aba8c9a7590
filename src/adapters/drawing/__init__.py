"""Pictures of what the domain says in tables."""
