"""`python -m idp.cli`, `bin/gerege`: the table of nouns."""

import click

from idp.cli.admin import admin
from idp.cli.apply import apply
from idp.cli.audit import audit
from idp.cli.client import client
from idp.cli.dept import dept
from idp.cli.desk import desk
from idp.cli.doctor import doctor
from idp.cli.fido import fido
from idp.cli.keys import keys
from idp.cli.migrate import migrate
from idp.cli.password import password
from idp.cli.person import person
from idp.cli.policy import policy
from idp.cli.role import role
from idp.cli.serve import serve
from idp.cli.sync import sync
from idp.cli.terminal import EXIT_CODES, Shared
from idp.cli.token import token


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@Shared.options
@click.pass_context
def gerege(context: click.Context, shared: Shared) -> None:
    """Gerege: identity, for a government. Every verb takes --config, --json and --language."""
    context.obj = shared


for noun in (serve, doctor, person, desk, password, client, apply, migrate):
    gerege.add_command(noun)
for noun in (dept, sync, role, policy, audit, keys, fido, admin, token):
    gerege.add_command(noun)

if __name__ == "__main__":
    gerege(prog_name="gerege")
