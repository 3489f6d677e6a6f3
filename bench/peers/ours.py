"""Gerege as it is measured: a production server with ten thousand people, everything switched on.

SQLite with FULL commits (or PostgreSQL by `BENCH_DATABASE`), embedded Valkey with its AOF synced on every write, one
worker, rate limits, policies, risk and audit as they are shipped. Each browser comes from an address of its own, which
the driver says as the proxy in front would. People of `mof` live in slapd, whose CPU is not counted, each with an
authenticator app (one seed for all); people of `local` have an Argon2id hash of the shipped cost (one hash for all:
what it costs to verify is the same). Nothing is cached that a production server would not have.
"""

import base64
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters import connect
from bench.load.fapi import new_key
from bench.peers.places import free_ports
from config.load import load
from demo.directories import cast as casting
from demo.directories.launch import Prepared, start_directory, write_department
from idp.app import build
from idp.cli.prepare import prepare
from idp.flows.context import Idp
from idp.mapping import derive, from_table
from idp.model import AAL1, AAL2, Authenticator, Client, Department, Link, Permission, Post, Resource, Subject, Text
from idp.secret import Secret
from tests.support.production import production, toml
from tests.support.server import gerege

PEOPLE, LOCAL_PEOPLE = 10_000, 1_000
BATCH = 500
Tables = dict[str, dict[str, object]]
ROOT = Path(__file__).parents[2]
SEED = b"bench-seed-of-20-oct"
PASSWORD, SECRET = "A-right-password-1", "a-secret-of-more-than-32-octets-for-the-bench"
AUDIENCE, CALLBACK, ISSUER = "urn:bench:api", "https://app.example/callback", "https://id.example"
"""The application's address is never contacted."""


@contextmanager
def ours(
    folder: Path, *, people: int = PEOPLE, more: dict[str, dict[str, object]] | None = None
) -> Iterator[dict[str, Any]]:
    """A target (see `bench.load.target`) that the driver can start; its directory runs within the block."""
    port, key = free_ports(1)[0], new_key()
    with _directory(folder, people) as directory:
        departments = folder / "departments"
        write_department(ROOT / "demo" / "departments" / "mof.toml", directory, departments / "mof.toml")
        text, _, _ = (departments / "mof.toml").read_text().partition("[[examples]]")
        (departments / "mof.toml").write_text(text.replace("\ndefault = 2", "\ndefault = 4"))
        config = _settings(folder, port, departments, more or {})
        _seed(config, people, key)
        yield _target(config, port, key, people)


def _settings(folder: Path, port: int, departments: Path, more: Tables) -> Path:
    stores = {"database": os.environ["BENCH_DATABASE"]} if "BENCH_DATABASE" in os.environ else {}
    server = {"workers": 1, **more.get("server", {})}
    tables = production(folder, port, **{**more, "server": server, "stores": {**stores, **more.get("stores", {})}})
    config = folder / "gerege.toml"
    config.write_text(f'departments_dir = "{departments}"\n{toml(tables)}')
    made = gerege(config, "keys", "make-master")
    if made.returncode:
        raise RuntimeError(made.stdout + made.stderr)
    return config


@contextmanager
def _directory(folder: Path, people: int) -> Iterator[Prepared]:
    """slapd with the Ministry of Finance, grown to so many people."""
    one, *_ = casting.load("mof").people
    crowd = tuple(
        replace(
            one,
            uid=f"person{number}",
            name=f"Person Number{number}",
            mail=f"person{number}@mof.example",
            number=str(100_000 + number),
            groups=(),
            password=PASSWORD,
            disabled=False,
        )
        for number in range(people)
    )
    ldif = folder / "crowd.ldif"
    written = casting.to_ldif(replace(casting.load("mof"), people=crowd), "never used")
    account = casting.load("mof").account_dn
    ldif.write_text(written.replace(casting.ssha("never used", account), "@ACCOUNT_PASSWORD@"))
    running = start_directory("mof", folder, ldif=ldif, kind="slapd", ports=free_ports(2))  # type: ignore[arg-type]
    try:
        yield running.prepared
    finally:
        running.stop()


def _seed(config: Path, people: int, key: dict[str, str]) -> None:
    """Applications and people, as an administrator and earlier sign-ins would have left them."""
    settings = load(config, {})
    ports = connect(settings)
    try:
        idp = build(settings, ports)
        prepare(idp)
        _register(idp, key)
        _people_of_the_directory(idp)
        _people_of_our_own(idp, min(people, LOCAL_PEOPLE))
    finally:
        ports.close()


def _register(idp: Idp, key: dict[str, str]) -> None:
    """The applications of the target. `web` and `native` want two factors, `simple` is content with a password."""
    permission = Permission("api.read", 1, frozenset({"everyone"}), Text("Read", "查看"))
    secret = (hashlib.sha256(SECRET.encode()).digest(),)
    identity = {
        "redirect_uris": (CALLBACK,),
        "first_party": True,
        "scopes": ("openid", "profile"),
    }
    machine = {
        "redirect_uris": (),
        "grant_types": ("client_credentials",),
        "scopes": ("api.read",),
        "audiences": (AUDIENCE,),
    }
    public = {key_: key[key_] for key_ in ("kty", "crv", "x", "y", "kid")}
    said: dict[str, dict[str, Any]] = {
        "web": {**identity, "secret_hashes": secret, "grade": 3},
        "native": {**identity, "auth_method": "none", "grade": 3},
        "simple": {**identity, "secret_hashes": secret},
        "machine": {**machine, "secret_hashes": secret},
        "sealed": {**machine, "secret_hashes": secret, "access_token_format": "opaque"},
        "fapi": {
            **machine,
            "auth_method": "private_key_jwt",
            "profile": "fapi2",
            "jwks": ({**public, "alg": "ES256", "use": "sig"},),
            "dpop_bound_access_tokens": True,
        },
    }
    with idp.ports.truth.begin() as tx:
        tx.registry.put_resource(Resource(AUDIENCE, Text("API", "接口"), (permission,)))
        for name, one in said.items():
            labels = frozenset({"all-employees"})
            tx.registry.put_client(Client(id=name, name=Text(name, name), department_id="local", labels=labels, **one))


def _people_of_the_directory(idp: Idp) -> None:
    """Everybody signed in before and has an authenticator app."""
    department = idp.ports.truth.configuration().departments["mof"]
    connector = idp.ports.directories.of(department)
    if connector is None:
        raise RuntimeError("the directory is not configured")
    now, made = datetime.now(UTC), []
    for entry in connector.entries():
        told = derive(entry, from_table(department.mapping))
        subject = Subject(
            id=idp.id("sub"),
            department_id=department.id,
            display_name=told.display_name,
            mail=entry.mail,
            identifiers=entry.identifiers,
            clearance=told.clearance,
            created_at=now,
        )
        post = Post(idp.id("post"), subject.id, department.id, "regular", entry.title, now, is_default=True)
        made.append((subject, post, Link(subject.id, department.id, entry.stable_id, now), (_app(idp, subject, now),)))
    _add(idp, made)


def _people_of_our_own(idp: Idp, count: int) -> None:
    department: Department = idp.ports.truth.configuration().departments["local"]
    now, hashed, made = datetime.now(UTC), idp.ports.passwords.hash(Secret(PASSWORD)), []
    for number in range(count):
        name = f"clerk{number}"
        subject = Subject(
            id=idp.id("sub"),
            department_id=department.id,
            display_name=Text(f"Clerk {number}", f"职员{number}"),
            mail=None,
            identifiers=(name, f"{name}@local.example"),
            clearance=4,
            created_at=now,
        )
        post = Post(idp.id("post"), subject.id, department.id, "regular", None, now, is_default=True)
        password = Authenticator(idp.id("factor"), subject.id, "password", "", hashed, {}, AAL1, ("bench",), now)
        made.append((subject, post, None, (password, _app(idp, subject, now))))
    _add(idp, made)


def _app(idp: Idp, subject: Subject, now: datetime) -> Authenticator:
    return Authenticator(idp.id("factor"), subject.id, "totp", "App", Secret(SEED), {}, AAL2, ("bench",), now)


def _add(idp: Idp, made: Sequence[tuple[Subject, Post, Link | None, tuple[Authenticator, ...]]]) -> None:
    for first in range(0, len(made), BATCH):
        with idp.ports.truth.begin() as tx:
            for subject, post, link, authenticators in made[first : first + BATCH]:
                tx.people.add(subject, post, link)
                for authenticator in authenticators:
                    tx.authenticators.add(authenticator)


def _target(config: Path, port: int, key: dict[str, str], people: int) -> dict[str, Any]:
    machine = {"id": "machine", "secret": SECRET, "scope": "api.read"}
    api = {"id": "machine", "secret": SECRET}
    local = {"pattern": "clerk%d@local.example", "password": PASSWORD, "count": min(people, LOCAL_PEOPLE)}
    totp = base64.b32encode(SEED).decode()
    return {
        "name": "Gerege",
        "issuer": ISSUER,
        "at": f"127.0.0.1:{port}",
        "redirect_uri": CALLBACK,
        "scope": "openid profile",
        "client": {"id": "web", "secret": SECRET},
        "rotating": {"id": "native", "auth": "none"},
        "machine": machine,
        "api": api,
        "fapi": {"id": "fapi", "kid": key["kid"], "jwk": key, "scope": "api.read"},
        "people": {"pattern": "person%d@mof.example", "password": PASSWORD, "count": people, "totp": totp},
        "forwarded": "198.18.%d.%d",
        "spawn": [sys.executable, "-m", "idp.cli", "serve", "--config", str(config)],
        "folder": str(ROOT),
        "log": str(config.with_name("server.log")),
        "environment": {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""},
        "variants": {
            "local": {"client": {"id": "simple", "secret": SECRET}, "people": {**local, "totp": totp}},
            "opaque": {"machine": {**machine, "id": "sealed"}},
        },
    }


def ended(folder: Path) -> None:
    """The embedded store outlives a server that was killed; not the bench."""
    with suppress(OSError, ValueError, ProcessLookupError):
        pid = int((folder / "valkey" / "pid").read_text())
        if b"valkey" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, 15)
