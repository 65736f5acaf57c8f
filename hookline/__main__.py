"""`python -m hookline` is the `hookline` command."""


def main() -> None:
    raise SystemExit("not built yet")
