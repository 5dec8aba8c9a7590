"""What stands in the way of a service, said so that the reader knows what to do next."""

from dataclasses import dataclass
from enum import StrEnum

from domain.generation.origin import Origin


class Stage(StrEnum):
    """The seven stages, in their order."""

    INTAKE = "intake"
    TYPES = "types"
    STORAGE = "storage"
    SERVICE = "service"
    HTTP = "http"
    TESTS = "tests"
    COMPOSE = "compose"


class Severity(StrEnum):
    ERROR = "error"
    """There will be no service: exit code 2, nothing written."""
    WARNING = "warning"
    """There will be one, but for what is reported."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A stage, a place, what is so, and the remedy."""

    stage: Stage
    severity: Severity
    origin: Origin
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.severity} [{self.stage}] {self.origin}: {self.message} {self.remedy}".rstrip()
