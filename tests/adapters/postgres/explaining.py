"""Values as they stand in an EXECUTE, which takes no parameters."""


def literal(value: object) -> str:
    return "'{" + ", ".join(value) + "}'" if isinstance(value, list) else f"'{value}'"
