"""What follows from a contract: shapes, entities, lifecycles, behaviours. First match wins (D1 … D21)."""
