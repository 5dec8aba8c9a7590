"""Contracts, stories and hints as files: YAML 1.2 and JSON, with the line of everything."""
