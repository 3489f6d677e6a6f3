"""A whole house in a temporary folder: real SQLite, real Valkey, the real application, named people and a clock.

`House` is the identity provider with a Local department and two applications; `tests.support.browser` drives it.
Only time is ours.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pyotp
from werkzeug.test import Client as HttpClient

from adapters import connect
from config.settings import Settings
from idp.app import build, create_app
from idp.flows.context import Idp, hash_of
from idp.flows.keys import ensure_signing_key
from idp.flows.sign_in.enrol import clean_code, hash_code
from idp.model import (
    AAL1,
    AAL2_PHR,
    Authenticator,
    Client,
    Department,
    EnrolmentCode,
    Permission,
    Post,
    Resource,
    RoleGrant,
    Subject,
    Text,
)
from idp.ports import Connector
from idp.secret import Secret
from tests.support.browser import ISSUER, PAYROLL, SECRET, VERIFIER, Browser, RelyingParty


class Clock:
    """Now, until it is moved."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class House:
    """The provider, its application, and how to put people into it."""

    idp: Idp
    app: object
    clock: Clock
    secrets: dict[str, str] = field(default_factory=dict)

    def person(
        self, name: str, password: str, *, department: str = "local", roles: tuple[str, ...] = (), clearance: int = 4
    ) -> Subject:
        """A person of the Local department with a password and roles."""
        idp, now = self.idp, self.clock()
        subject = Subject(
            id=idp.id("sub"),
            department_id=department,
            display_name=Text(name.title(), name.title()),
            mail=f"{name}@local.example",
            identifiers=(f"{name}@local.example", name),
            clearance=clearance,
            created_at=now,
        )
        post = Post(idp.id("post"), subject.id, department, "regular", None, now - timedelta(days=1), is_default=True)
        hashed = idp.ports.passwords.hash(Secret(password))
        with idp.ports.truth.begin() as tx:
            tx.people.add(subject, post, None)
            tx.authenticators.add(
                Authenticator(idp.id("factor"), subject.id, "password", "", hashed, {}, AAL1, ("test",), now)
            )
            for role in roles:
                tx.people.grant_role(
                    RoleGrant(idp.id("role"), post.id, role, "administrator", "test", None, now - timedelta(days=1))
                )
        return subject

    def app_of(self, subject: Subject, *, worth: str = AAL2_PHR) -> pyotp.TOTP:
        """An authenticator app of theirs, enrolled already: `at(house.clock())` is the code. `worth`: its ledger."""
        idp, seed = self.idp, self.idp.ports.random(20)
        bound = Authenticator(
            idp.id("factor"), subject.id, "totp", "App", Secret(seed), {}, worth, ("test",), self.clock()
        )
        with idp.ports.truth.begin() as tx:
            tx.authenticators.add(bound)
        return pyotp.TOTP(base64.b32encode(seed).decode())

    def factors(self, subject: Subject, factor: str) -> list[Authenticator]:
        held = self.idp.ports.truth.authenticators.of(subject.id)
        return [one for one in held if one.factor == factor and one.disabled_at is None]

    def alerts(self, kind: str) -> int:
        return sum(one.kind == kind for one in self.idp.ports.truth.desk.alerts())

    def enrolment_code(self, subject: Subject, code: str = "ABCD-EFGH-JKLM") -> str:
        idp = self.idp
        kept = EnrolmentCode(
            idp.id("code"), subject.id, hash_code(idp, clean_code(code)), "test", self.clock() + timedelta(hours=1)
        )
        with idp.ports.truth.begin() as tx:
            tx.authenticators.add_code(kept)
        return code

    def events(self, name: str | None = None) -> list[str]:
        return [row.name for row in self.idp.ports.truth.audit.search(name=name, limit=500)]

    def told(self, name: str) -> bool:
        """Whether the log has it, soon: what is recorded without waiting is there within a few milliseconds."""
        until = monotonic() + 3
        while not (found := self.events(name)) and monotonic() < until:
            sleep(0.005)
        return bool(found)

    def http(self, address: str = "10.1.2.3") -> HttpClient:
        return HttpClient(self.app)  # type: ignore[arg-type]


def settings_in(folder: Path, **more: object) -> Settings:
    return Settings.model_validate(
        {
            "mode": "demonstration",
            "server": {"issuer": ISSUER, "listen": "127.0.0.1:0", "trusted_proxies": ["127.0.0.1/32"]},
            "stores": {"database": f"sqlite:///{folder}/gerege.sqlite", "brief": "embedded", "state_dir": str(folder)},
            "keys": {
                "master_key_file": str(folder / "master.key"),
                "checkpoint_file": str(folder / "audit.checkpoint"),
            },
            "risk": {"zones": {"office": ["10.0.0.0/8"]}},
            "enrolment": {"ways": 1},
        }
        | more
    )


@dataclass
class Directories:
    """Departments' directories by department id; None for a department that keeps its people here."""

    open: Mapping[str, Connector]

    def of(self, department: Department) -> Connector | None:
        return self.open.get(department.id)


@contextmanager
def house_in(folder: Path, directories: Mapping[str, Connector] | None = None, **more: object) -> Iterator[House]:
    """A furnished house; closed, with its Valkey, at the end. `directories`: a department of its own for each."""
    clock = Clock()
    # `directories` is taken above; the settings of that name come as `directories_settings`
    own = more.pop("directories_settings", None)
    settings = settings_in(folder, **more, **({"directories": own} if own else {}))
    ports = connect(settings, clock)
    try:
        if directories:
            ports = replace(ports, directories=Directories(directories))
        idp = build(settings, ports)
        ensure_signing_key(idp)
        furnish(idp)
        for name in directories or {}:
            add_department(idp, name)
        yield House(idp, create_app(idp), clock)
    finally:
        ports.close()


def add_department(idp: Idp, name: str) -> None:
    """A department whose people are kept in a directory: found by its domain and its prefix."""
    one = Department(
        name,
        "country",
        "bureau",
        Text(name.upper(), name),
        "ldap",
        domains=(f"{name}.example",),
        prefixes=(name.upper(),),
    )
    with idp.ports.truth.begin() as tx:
        tx.registry.put_department(one)


def furnish(idp: Idp) -> None:
    """A country, its Local department, Payroll (grade 3) and Docs (grade 1)."""
    with idp.ports.truth.begin() as tx:
        tx.registry.put_department(Department("country", None, "country", Text("Country", "国家")))
        tx.registry.put_department(
            Department("local", "country", "bureau", Text("Local", "本地"), "local", domains=("local.example",))
        )
        for name, audience, grade, permissions in (
            (
                "payroll",
                PAYROLL,
                3,
                (
                    Permission("payroll.read", 3, frozenset({"payroll-clerk"}), Text("Read pay", "查看工资")),
                    Permission("payroll.approve", 4, frozenset({"payroll-approver"}), Text("Approve pay", "批准工资")),
                ),
            ),
            (
                "docs",
                "urn:example:docs",
                1,
                (
                    Permission("docs.read", 1, frozenset({"everyone"}), Text("Read", "阅读")),
                    Permission("docs.write", 2, frozenset({"docs-editor"}), Text("Write", "编写")),
                ),
            ),
        ):
            tx.registry.put_resource(Resource(audience, Text(name.title(), name), permissions))
            tx.registry.put_client(
                Client(
                    id=name,
                    name=Text(name.title(), name),
                    department_id="local",
                    redirect_uris=(f"https://{name}.example/callback",),
                    secret_hashes=(hashlib.sha256(SECRET.encode()).digest(),),
                    scopes=("openid", "profile", *(one.name for one in permissions)),
                    audiences=(audience,),
                    home_url=f"https://{name}.example/",
                    first_party=True,
                    grade=grade,
                    post_logout_redirect_uris=(f"https://{name}.example/bye",),
                    labels=frozenset({"all-employees", "degraded-ok"}) if name == "docs" else frozenset(),
                )
            )


__all__ = ["PAYROLL", "SECRET", "VERIFIER", "Browser", "Clock", "House", "RelyingParty", "hash_of", "house_in"]
