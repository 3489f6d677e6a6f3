"""`gerege doctor`."""

import click


@click.group()
def doctor() -> None:
    """doctor."""
