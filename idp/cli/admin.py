"""`gerege admin`."""

import click


@click.group()
def admin() -> None:
    """admin."""
