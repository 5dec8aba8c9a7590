"""Judges of what the stages of a generation gave: none knows the stage that it judges."""
