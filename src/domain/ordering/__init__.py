"""Orders: their lifecycle, their rules, and what each action does to stock."""
