"""Customers: who buys, and whether they may."""
