"""Stage 0: from a document as it was written to a contract that the other stages can rely on. Pure functions."""
