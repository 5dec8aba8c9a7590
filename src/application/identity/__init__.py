"""Signing up, logging in, and who one is."""
