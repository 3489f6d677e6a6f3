"""`gerege keys`."""

import click


@click.group()
def keys() -> None:
    """keys."""
