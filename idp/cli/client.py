"""`gerege client`: applications. `add` registers one with its API in one line, and prints its secret once."""

from datetime import timedelta

import click

from idp.cli.person import reason_option
from idp.cli.terminal import EXIT_CODES, Terminal, WrongInput, columns, verb
from idp.errors import Conflict
from idp.flows.admin import clients, departments, initial_tokens
from idp.flows.admin.scope import OPERATOR
from idp.model import Client, Permission, Resource, Text
from policies.question import EVERYONE


@click.group(epilog=EXIT_CODES)
def client() -> None:
    """Applications (relying parties) and machine clients."""


def facts(one: Client) -> dict[str, object]:
    """A registration as JSON, in the names of RFC 7591 where it has them; never its secrets."""
    return {
        "client_id": one.id,
        "client_name": {"en": one.name.en, "zh": one.name.zh},
        "department": one.department_id,
        "redirect_uris": list(one.redirect_uris),
        "post_logout_redirect_uris": list(one.post_logout_redirect_uris),
        "backchannel_logout_uri": one.backchannel_logout_uri,
        "token_endpoint_auth_method": one.auth_method,
        "grant_types": list(one.grant_types),
        "scope": " ".join(one.scopes),
        "audiences": list(one.audiences),
        "grade": one.grade,
        "networks": sorted(one.networks),
        "countries": sorted(one.countries),
        "labels": sorted(one.labels),
        "shared_with": sorted(one.shared_with),
        "roles": sorted(one.roles),
        "first_party": one.first_party,
        "profile": one.profile,
        "registered_by": one.registered_by,
        "disabled": one.disabled,
    }


@client.command(epilog=EXIT_CODES)
@click.argument("client_id")
@click.option("--name", help="Shown to people; the id where there is none.")
@click.option("--name-zh", help="The same in Chinese.")
@click.option("--department", help="The department that runs it; without one, that of people without a directory.")
@click.option("--redirect-uri", multiple=True, help="Where answers are sent, character by character; repeatable.")
@click.option("--home", help="Where people open it; stands on the launchpad.")
@click.option("--post-logout-uri", multiple=True, help="Where people may be sent after signing out; repeatable.")
@click.option("--backchannel-logout-uri", help="Where it hears that a session ended.")
@click.option("--audience", help="Its API, a URI such as urn:example:payroll.")
@click.option(
    "--permission",
    multiple=True,
    metavar="NAME:GRADE[:ROLE,ROLE]",
    help="A permission of its API, the grade of the data behind it (1 to 4), and the roles that may hold it (without: "
    "everyone who may use the application); repeatable.",
)
@click.option("--grade", type=click.IntRange(1, 4), default=1, show_default=True, help="Grade of what it shows.")
@click.option("--public", is_flag=True, help="Has no secret: a browser or native application; PKCE protects it.")
@click.option("--machine", is_flag=True, help="Has no people: client_credentials.")
@click.option("--role", multiple=True, help="Role of a machine client; repeatable.")
@click.option("--share", multiple=True, help="Another department whose people may use it, or *; repeatable.")
@click.option("--everyone", is_flag=True, help="For all employees of every department.")
@click.option("--network", multiple=True, help="Zone from which alone it may be used; repeatable.")
@click.option("--country", multiple=True, help="Country from which alone it may be used; repeatable.")
@click.option("--third-party", is_flag=True, help="Not the government's own: people are asked for consent.")
@reason_option
@verb
def add(
    terminal: Terminal, client_id: str, reason: str, audience: str | None, permission: tuple[str, ...], **said: object
) -> None:
    """Register an application; prints its secret, once. CLIENT_ID is its name for programs."""
    permissions = tuple(permission_of(text) for text in permission)
    if permissions and not audience:
        raise WrongInput("--permission needs --audience: the API that it belongs to")
    with terminal.open() as idp:
        said["department"] = said["department"] or departments.ensure_local(idp, OPERATOR).id
        registration = _client(client_id, audience, permissions, said)
        resources = (Resource(audience, registration.name, permissions),) if audience and permissions else ()
        if client_id in idp.ports.truth.configuration().clients:
            raise Conflict(f"{client_id} is registered already; `gerege client remove` comes first, or take another id")
        secret = clients.put(idp, OPERATOR, registration, resources, reason)
        issuer = idp.issuer
    lines = [f"{client_id} is registered.", f"issuer          {issuer}", f"client_id       {client_id}"]
    if secret:
        lines += [f"client_secret   {secret}", "The secret is shown only this once."]
    if not (registration.shared_with or registration.labels or said["machine"]):
        lines.append(f"Open to the people of {registration.department_id}; --share and --everyone open it to others.")
    terminal.say("\n".join(lines), {**facts(registration), "issuer": issuer, "client_secret": secret})


def permission_of(text: str) -> Permission:
    """`payroll.read:3:payroll-clerk,payroll-approver`, or without roles for everyone. Raises WrongInput."""
    name, _, rest = text.partition(":")
    grade, _, roles = rest.partition(":")
    if not name or grade not in ("1", "2", "3", "4"):
        raise WrongInput(f"--permission {text}: write NAME:GRADE:ROLE,ROLE such as docs.write:2:editor (grade 1 to 4)")
    held = frozenset(role.strip() for role in roles.split(",") if role.strip()) or frozenset({EVERYONE})
    return Permission(name, int(grade), held, Text(name, name))


def _client(
    client_id: str, audience: str | None, permissions: tuple[Permission, ...], said: dict[str, object]
) -> Client:
    def texts(name: str) -> tuple[str, ...]:
        found = said[name]
        return tuple(str(one) for one in found) if isinstance(found, tuple) else ()

    def text(name: str) -> str | None:
        return str(said[name]) if said[name] else None

    name = text("name") or client_id
    names = tuple(one.name for one in permissions)
    return Client(
        id=client_id,
        name=Text(name, text("name_zh") or name),
        department_id=str(said["department"]),
        redirect_uris=texts("redirect_uri"),
        auth_method="none" if said["public"] else "client_secret_basic",
        grant_types=("client_credentials",) if said["machine"] else ("authorization_code", "refresh_token"),
        scopes=names if said["machine"] else ("openid", "profile", *names),
        audiences=(audience,) if audience else (),
        home_url=text("home"),
        post_logout_redirect_uris=texts("post_logout_uri"),
        backchannel_logout_uri=text("backchannel_logout_uri"),
        first_party=not said["third_party"],
        grade=int(str(said["grade"])),
        networks=frozenset(texts("network")),
        countries=frozenset(one.upper() for one in texts("country")),
        labels=frozenset({"all-employees"}) if said["everyone"] else frozenset(),
        shared_with=frozenset(texts("share")),
        roles=frozenset(texts("role")),
    )


@client.command("list", epilog=EXIT_CODES)
@verb
def list_(terminal: Terminal) -> None:
    """Every application."""
    with terminal.open() as idp:
        found = clients.listed(idp, OPERATOR)
    rows = [
        (
            one.id,
            one.name.in_language(terminal.language),
            one.department_id,
            str(one.grade),
            "removed" if one.disabled else "in use",
        )
        for one in found
    ]
    terminal.say(columns(rows, ("CLIENT", "NAME", "DEPARTMENT", "GRADE", "STATE")), [facts(one) for one in found])


@client.command(epilog=EXIT_CODES)
@click.argument("client_id")
@verb
def show(terminal: Terminal, client_id: str) -> None:
    """One application."""
    with terminal.open() as idp:
        one = clients.get(idp, OPERATOR, client_id)
    told = facts(one)
    terminal.say("\n".join(f"{key:28} {value}" for key, value in told.items() if value not in (None, [], "")), told)


@client.command("new-secret", epilog=EXIT_CODES)
@click.argument("client_id")
@reason_option
@verb
def new_secret(terminal: Terminal, client_id: str, reason: str) -> None:
    """A further secret, shown once; the one before it stays good until the next change."""
    with terminal.open() as idp:
        secret = clients.new_secret(idp, OPERATOR, client_id, reason)
    terminal.say(f"{secret}\nIt is shown only this once.", {"client_id": client_id, "client_secret": secret})


@client.command("initial-token", epilog=EXIT_CODES)
@click.option("--department", required=True, help="What registers itself belongs to this department.")
@click.option("--uses", type=click.IntRange(1, initial_tokens.MOST_USES), default=1, show_default=True)
@click.option("--hours", type=click.IntRange(1, 720), default=24, show_default=True, help="How long it is good.")
@reason_option
@verb
def initial_token(terminal: Terminal, department: str, uses: int, hours: int, reason: str) -> None:
    """Let programs register themselves at /register: a token, shown once."""
    with terminal.open() as idp:
        now = idp.ports.now()
        value, kept = initial_tokens.make(idp, OPERATOR, department, uses, timedelta(hours=hours), reason, now)
        address = f"{idp.issuer}/register"
    words = f"{value}\nIt is shown only this once; good for {uses} registrations in {department} at {address}."
    told = {
        "initial_access_token": value,
        "registration_endpoint": address,
        "department": department,
        "uses": uses,
        "expires_at": kept.expires_at,
    }
    terminal.say(words, told)


@client.command(epilog=EXIT_CODES)
@click.argument("client_id")
@reason_option
@verb
def remove(terminal: Terminal, client_id: str, reason: str) -> None:
    """Refuse an application from now on; all that it was given is dead."""
    with terminal.open() as idp:
        clients.remove(idp, OPERATOR, client_id, reason, idp.ports.now())
    terminal.say(f"{client_id} is removed", {"client_id": client_id, "disabled": True})
