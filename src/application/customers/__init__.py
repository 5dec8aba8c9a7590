"""Knowing the customers."""
