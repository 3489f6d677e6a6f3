"""What stands in the house when the doors open: two applications, their APIs, and somebody to sign in as.

Applications are written through the product's own ports at every start, since their addresses follow the free ports.
Their secrets are made once, and the product keeps only the hashes. Enrolment codes are asked of the product's command
line, as a help desk would.
"""

import hashlib
import os
import secrets as randomness
from dataclasses import dataclass, replace
from pathlib import Path

from config.load import load
from demo.command_line import Refused, gerege
from demo.doors import Doors
from demo.sign import Person
from idp.model import Client, Permission, Resource, Text
from idp.ports import Truth

SECRET_OCTETS = 48
OFFICE = "office"  # the zone that `demo/settings.py` gives to loopback
PEOPLE = (
    Person("alice@mof.example", "Demo-alice-1", "Alice, Ministry of Finance, payroll clerk"),
    Person("wang.wei@moe.example", "Demo-wang-1", "Wang Wei 王伟, Ministry of Education"),
)


@dataclass(frozen=True, slots=True)
class Application:
    """One example application and how it is registered."""

    client_id: str
    module: str
    name: Text
    department: str
    url: str
    port: int
    audience: str
    grade: int
    permissions: tuple[Permission, ...]
    labels: frozenset[str] = frozenset()
    shared_with: frozenset[str] = frozenset()
    networks: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()


def applications(doors: Doors) -> tuple[Application, ...]:
    """The two applications, at these doors."""
    payroll = Application(
        client_id="payroll",
        module="examples.payroll",
        name=Text("Payroll", "工资系统"),
        department="mof",
        url=doors.payroll_url,
        port=doors.payroll,
        audience="urn:example:payroll",
        grade=3,
        permissions=(
            Permission(
                "payroll.read", 3, frozenset({"payroll-clerk", "payroll-approver"}), Text("See pay", "查看工资")
            ),
            Permission("payroll.approve", 4, frozenset({"payroll-approver"}), Text("Approve pay", "批准发放工资")),
        ),
        shared_with=frozenset({"moe"}),
    )
    docs = Application(
        client_id="docs",
        module="examples.docs",
        name=Text("Docs", "文档"),
        department="moe",
        url=doors.docs_url,
        port=doors.docs,
        audience="urn:example:docs",
        grade=1,
        permissions=(
            Permission("docs.read", 1, frozenset({"everyone"}), Text("Read documents", "阅读文档")),
            Permission("docs.write", 2, frozenset({"docs-editor"}), Text("Write documents", "编写文档")),
        ),
        labels=frozenset({"all-employees", "degraded-ok"}),
        networks=frozenset({OFFICE}),
        countries=frozenset({"CN"}),
    )
    return (payroll, docs)


def resource(app: Application) -> Resource:
    """The application's API."""
    return Resource(app.audience, app.name, app.permissions)


def client(app: Application, secret: str) -> Client:
    """The application's registration; of its secret only the hash."""
    return Client(
        id=app.client_id,
        name=app.name,
        department_id=app.department,
        redirect_uris=(f"{app.url}/callback",),
        secret_hashes=(hashlib.sha256(secret.encode()).digest(),),
        scopes=("openid", "profile", *(permission.name for permission in app.permissions)),
        audiences=(app.audience,),
        home_url=f"{app.url}/",
        post_logout_redirect_uris=(f"{app.url}/signed-out",),
        backchannel_logout_uri=f"{app.url}/backchannel-logout",
        first_party=True,
        grade=app.grade,
        networks=app.networks,
        countries=app.countries,
        labels=app.labels,
        shared_with=app.shared_with,
    )


def furnish(state_dir: Path, doors: Doors) -> tuple[Person, ...]:
    """Register the applications, and find out with which enrolment code each person may begin."""
    from adapters import keyring_of, truth_of  # here, since drivers are heavy and only `make run` needs them

    settings = load(state_dir / "gerege.toml")
    truth = truth_of(settings, keyring_of(settings))
    try:
        register(truth, applications(doors), state_dir)
    finally:
        truth.close()
    alice, *others = PEOPLE
    alice = replace(alice, code=enrolment_code(state_dir, alice.sign_in))
    return (alice, *others, *administrators(state_dir))


def administrators(state_dir: Path) -> tuple[Person, ...]:
    """The three administrators, at the first start: their secrets are shown this once. Later: nobody."""
    try:
        made = gerege(state_dir, "admin", "bootstrap")["administrators"]
    except Refused:
        return ()  # they were appointed before
    return tuple(
        Person(one["signs_in_as"], one["password"], f"{one['role'].replace('-', ' ')}, shown only now", one["code"])
        for one in made
    )


def enrolment_code(state_dir: Path, sign_in: str) -> str | None:
    """A new one-time enrolment code of the product's help desk, or None when this person needs none."""
    try:
        return str(gerege(state_dir, "person", "enrol-code", sign_in)["code"])
    except Refused:
        return None


def register(truth: Truth, apps: tuple[Application, ...], state_dir: Path) -> None:
    """Write the registrations that are not there yet, or are at other addresses now."""
    known = truth.configuration()
    with truth.begin() as tx:
        for app in apps:
            made = client(app, secret_file(state_dir, f"{app.client_id}.client").read_text().strip())
            held = known.clients.get(app.client_id, made)
            if app.audience not in known.resources:
                tx.registry.put_resource(resource(app))
            if app.client_id not in known.clients or held != at_home(held, made):
                tx.registry.put_client(at_home(held, made))


def at_home(held: Client, made: Client) -> Client:
    """A registration as it is held, at its addresses of now: what an administrator changed since stays changed."""
    return replace(
        held,
        redirect_uris=made.redirect_uris,
        home_url=made.home_url,
        post_logout_redirect_uris=made.post_logout_redirect_uris,
        backchannel_logout_uri=made.backchannel_logout_uri,
    )


def secrets(state_dir: Path) -> None:
    """Make the secrets that applications need, once; readable by the owner only."""
    for name in ("payroll.client", "payroll.session", "docs.client", "docs.session"):
        path = secret_file(state_dir, name)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(randomness.token_urlsafe(SECRET_OCTETS))


def secret_file(state_dir: Path, name: str) -> Path:
    """Where one of these secrets is kept."""
    return state_dir / "secrets" / name
