"""`gerege audit`."""

import click


@click.group()
def audit() -> None:
    """audit."""
