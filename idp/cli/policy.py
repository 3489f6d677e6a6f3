"""`gerege policy`."""

import click


@click.group()
def policy() -> None:
    """policy."""
