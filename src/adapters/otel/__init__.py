"""Traces as OpenTelemetry tells them. Only who wants traces imports what is in here."""
