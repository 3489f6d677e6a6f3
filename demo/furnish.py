"""What stands in the house when the doors open: two applications, their APIs, and somebody to sign in as.

Applications come by `gerege apply` from `demo/plan.toml`, at the ports of this start; once they are there, a start at
other ports moves their addresses and nothing else. Their secrets are made once, and the product keeps only the hashes.
Enrolment codes are asked of the product's command line, as a help desk would.
"""

import os
import secrets as randomness
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from config.load import load
from demo.command_line import Refused, gerege
from demo.doors import Doors
from demo.sign import Person
from idp.model import Client
from idp.ports import Truth

PLAN = Path(__file__).parent / "plan.toml"
SECRET_OCTETS = 48
PEOPLE = (
    Person("alice@mof.example", "Demo-alice-1", "Alice, Ministry of Finance, payroll clerk"),
    Person("wang.wei@moe.example", "Demo-wang-1", "Wang Wei 王伟, Ministry of Education"),
)
DESK = (
    Person("tian.yue@mof.example", "Demo-tian.yue-1", "Tian Yue, help desk of Finance: /admin/desk"),
    Person("ren.jie@mof.example", "Demo-ren.jie-1", "Ren Jie, help desk of Finance, the second person"),
    Person("shen.lan@moe.example", "Demo-shen.lan-1", "Shen Lan, help desk of Education"),
)


@dataclass(frozen=True, slots=True)
class Application:
    """One example application: which program it is, where it answers, and what the plan says it asks for."""

    client_id: str
    module: str
    url: str
    port: int
    audience: str
    scopes: tuple[str, ...]


def applications(doors: Doors) -> tuple[Application, ...]:
    """The two applications, at these doors."""
    planned = tomllib.loads(PLAN.read_text(encoding="utf-8"))["clients"]
    return tuple(
        Application(name, f"examples.{name}", url, port, planned[name]["audiences"][0], tuple(planned[name]["scopes"]))
        for name, url, port in (
            ("payroll", doors.payroll_url, doors.payroll),
            ("docs", doors.docs_url, doors.docs),
        )
    )


def furnish(state_dir: Path, doors: Doors) -> tuple[Person, ...]:
    """Register the applications, and find out with which enrolment code each person may begin."""
    register(state_dir, doors)
    alice, *others = PEOPLE
    alice = replace(alice, code=enrolment_code(state_dir, alice.sign_in))
    desk = tuple(replace(one, code=enrolment_code(state_dir, one.sign_in)) for one in DESK)
    return (alice, *others, *desk, *administrators(state_dir))


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


def register(state_dir: Path, doors: Doors) -> None:
    """Apply the plan where its applications are not known yet; else bring them to their addresses of now."""
    from adapters import keyring_of, truth_of  # here, since drivers are heavy and only `make run` needs them
    from adapters.plan import load_plan

    written = write_plan(state_dir, doors)
    planned = [one.client for one in load_plan([written]).plan.clients]
    settings = load(state_dir / "gerege.toml")
    truth = truth_of(settings, keyring_of(settings))
    try:
        known = move(truth, planned)
    finally:
        truth.close()
    if not known:
        gerege(state_dir, "apply", str(written), "--reason", "the demonstration begins")


def write_plan(state_dir: Path, doors: Doors) -> Path:
    """The plan at these doors."""
    text, usual = PLAN.read_text(encoding="utf-8"), applications(Doors())
    for before, now in zip(usual, applications(doors), strict=True):
        text = text.replace(f'"{before.url}/', f'"{now.url}/')
    path = state_dir / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def move(truth: Truth, planned: list[Client]) -> bool:
    """Bring applications to their addresses of now. False: not all of them are known yet."""
    held = truth.configuration().clients
    if not all(one.id in held for one in planned):
        return False
    moved = [there for one in planned if (there := at_home(held[one.id], one)) != held[one.id]]
    if moved:
        with truth.begin() as tx:
            for client in moved:
                tx.registry.put_client(client)
    return True


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
