"""`gerege role`."""

import click


@click.group()
def role() -> None:
    """role."""
