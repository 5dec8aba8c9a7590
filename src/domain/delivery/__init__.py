"""Deliveries: what is told to others, how often it is tried, and what an answer means."""
