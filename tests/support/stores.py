"""Real stores for tests: SQLite files, a PostgreSQL cluster of our own, a Valkey of our own, and a world to put in."""

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg

from adapters.master_key import MasterKey
from adapters.sealing import Keyring
from adapters.sql.truth import SqlTruth
from idp.model import (
    AAL1,
    Authenticator,
    Client,
    Department,
    Grant,
    Link,
    Post,
    Proof,
    RefreshFamily,
    Session,
    SignIn,
    Subject,
    Text,
)
from idp.ports import Truth
from idp.secret import Secret
from tests.support.needs import needs

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Clock:
    """A time that tests move."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def pass_(self, length: timedelta) -> None:
        self.at += length


def new_keyring(folder: Path, name: str = "master.key") -> Keyring:
    """A keyring on a new master key in `folder`, or on the one that is there."""
    file = folder / name
    return Keyring([MasterKey.load(file) if file.exists() else MasterKey.create(file)])


def open_truth(url: str, folder: Path, *, now: Clock | None = None, keyring: Keyring | None = None) -> SqlTruth:
    """SQL stores on `url`, their key and checkpoint in `folder`."""
    return SqlTruth(
        url,
        keyring or new_keyring(folder),
        checkpoint_file=folder / "checkpoint",
        origin="test.example/audit",
        now=now or (lambda: datetime.now(UTC)),
    )


@contextmanager
def postgres_cluster() -> Iterator[str]:
    """A PostgreSQL cluster of our own, on a unix socket only; answers the folder of the socket."""
    initdb, postgres = needs("initdb", "postgresql"), needs("postgres", "postgresql")
    owner = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="gerege-pg-") as name:
        folder = Path(name)
        if owner:
            account = pwd.getpwnam(owner)
            os.chown(folder, account.pw_uid, account.pw_gid)
        subprocess.run(
            [initdb, "-D", f"{name}/db", "-U", "gerege", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True,
            capture_output=True,
            user=owner,
            cwd="/",
        )
        options = [
            "-k",
            name,
            "-c",
            "listen_addresses=",
            "-c",
            "max_connections=200",
            "-c",
            "shared_buffers=32MB",
            "-c",
            "fsync=off",
        ]
        with open(folder / "log", "wb") as log:
            server = subprocess.Popen(
                [postgres, "-D", f"{name}/db", *options], stdout=log, stderr=log, user=owner, cwd="/"
            )
        try:
            _wait_for(name, server)
            yield name
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_for(folder: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert server.poll() is None, Path(folder, "log").read_text()
        with suppress(psycopg.OperationalError), psycopg.connect(_dsn(folder, "postgres"), connect_timeout=2):
            return
        with suppress(subprocess.TimeoutExpired):
            server.wait(0.05)
    raise AssertionError(Path(folder, "log").read_text())


def _dsn(folder: str, database: str) -> str:
    return f"host={folder} user=gerege dbname={database}"


def new_database(folder: str, template: str = "template1") -> str:
    """A new database in the cluster, a copy of `template`; answers SQLAlchemy's address of it."""
    name = f"t{uuid4().hex}"
    with psycopg.connect(_dsn(folder, "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    return f"postgresql+psycopg://gerege@/{name}?host={folder}"


# --- a small world --------------------------------------------------------------------------------------------------
FINANCE = Department("mof", "cn", "country", Text("Ministry of Finance", "财政部"), domains=("mof.example",))
COUNTRY = Department("cn", None, "country", Text("Country", "国家"))
EDUCATION = Department("moe", "cn", "country", Text("Ministry of Education", "教育部"))
PAYROLL = Client(
    "payroll",
    Text("Payroll", "工资"),
    "mof",
    ("https://payroll.example/callback",),
    secret_hashes=(b"\x01" * 32,),
    networks=frozenset({"office"}),
)
ALICE = Subject(
    "s-alice",
    "mof",
    Text("Alice Chen", "陈爱丽"),
    "alice@mof.example",
    ("alice", "alice@mof.example"),
    clearance=2,
    language="en",
    created_at=NOW,
)
WANG = Subject(
    "s-wang", "moe", Text("Wang Wei", "王伟"), "wang.wei@moe.example", ("wang.wei@moe.example", "E1007"), created_at=NOW
)
ALICE_POST = Post("p-alice", "s-alice", "mof", "regular", title="Accountant", is_default=True)
WANG_POST = Post("p-wang", "s-wang", "moe", "regular", is_default=True)
ALICE_LINK = Link("s-alice", "mof", "3f7c0000-entry", NOW)
PROOF = Proof("password", None, NOW, ("pwd",), AAL1)


def settle(truth: Truth) -> None:
    """Departments, an application and two people."""
    with truth.begin() as tx:
        for department in (COUNTRY, FINANCE, EDUCATION):
            tx.registry.put_department(department)
        tx.registry.put_client(PAYROLL)
        tx.people.add(ALICE, ALICE_POST, ALICE_LINK)
        tx.people.add(WANG, WANG_POST, None)


def session(sid: str = "sid-1", subject: Subject = ALICE, **changes: object) -> Session:
    """A live session of one hour, begun at NOW."""
    values: dict[str, object] = {
        "id_hash": f"hash-{sid}",
        "sid": sid,
        "subject_id": subject.id,
        "post_id": "p-alice" if subject is ALICE else "p-wang",
        "created_at": NOW,
        "authenticated_at": NOW,
        "last_seen_at": NOW,
        "expires_at": NOW + 8 * HOUR,
        "idle_limit": HOUR,
        "proofs": (PROOF,),
        "acr": AAL1,
        "amr": ("pwd",),
        "device_hash": "device-1",
        "network": "net-1",
        "country": "CN",
        "asn": 4134,
        "browser": "Firefox",
        "system": "Linux",
        "zones": ("office",),
    }
    return Session(**{**values, **changes})  # type: ignore[arg-type]


def grant(id_: str = "g-1", sid: str = "sid-1", subject: Subject = ALICE) -> Grant:
    post = "p-alice" if subject is ALICE else "p-wang"
    scopes = ("openid", "payroll.read")
    return Grant(id_, subject.id, "payroll", post, sid, scopes, None, AAL1, ("pwd",), NOW, NOW, nonce="n")


def family(id_: str = "f-1", grant_id: str = "g-1") -> RefreshFamily:
    return RefreshFamily(id_, grant_id, "payroll", "token-0", 0, NOW, NOW + 720 * HOUR, NOW + 168 * HOUR)


def totp(id_: str = "a-1", subject: Subject = ALICE) -> Authenticator:
    seed = Secret(b"seed-of-totp")
    return Authenticator(id_, subject.id, "totp", "My phone", seed, {"digits": 6}, AAL1, ("password",), NOW)


def passkey(id_: str = "k-1", credential: str = "Y3JlZA") -> Authenticator:
    state: dict[str, object] = {"credential_id": credential, "public_key": "cGs", "counter": 0, "transports": ["usb"]}
    return Authenticator(id_, ALICE.id, "passkey", "Key", None, state, AAL1, ("password", "totp"), NOW)


def sign_in(id_: str, at: datetime = NOW, *, confirmed: bool = True, subject: Subject = ALICE) -> SignIn:
    return SignIn(
        id_,
        subject.id,
        at,
        "succeeded",
        "payroll",
        "net-1",
        "CN",
        4134,
        "Firefox",
        "Linux",
        "device-1",
        None,
        confirmed,
    )
