"""Placing orders and walking them through their lifecycle."""
