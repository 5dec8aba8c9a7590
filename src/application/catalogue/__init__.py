"""Keeping the catalogue and its stock."""
