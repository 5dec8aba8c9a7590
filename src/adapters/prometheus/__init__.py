"""Figures as Prometheus reads them."""

from adapters.prometheus.meters import Meters

__all__ = ["Meters"]
