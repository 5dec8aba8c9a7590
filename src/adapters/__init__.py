"""What speaks to the world: one room a technology, none of which knows another."""
