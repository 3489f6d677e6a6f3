"""A small world for tokens: memory ports, the shipped policies, Payroll and Docs, a machine, Alice signed in.

`World` puts codes into the store as the sign-in does and calls the machine endpoints as WSGI. Only time is ours.
"""

import base64
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from adapters.keys import SoftwareKeys
from adapters.master_key import MasterKey, key_id
from adapters.memory import MemoryBrief, MemoryMail, MemoryTruth
from adapters.sealer import KeyringSealer
from adapters.sealing import Keyring
from config.settings import Settings
from idp.authn.factors.passkey import RelyingParty
from idp.errors import Unavailable
from idp.flows.context import Idp, hash_of
from idp.flows.keys import ensure_signing_key
from idp.messages import Messages
from idp.model import (
    AAL2,
    Client,
    Code,
    Department,
    Grant,
    Permission,
    Post,
    Proof,
    Resource,
    RoleGrant,
    Session,
    Subject,
    Text,
)
from idp.oidc.pkce import challenge_of
from idp.oidc.signing import decode
from idp.ports import Fetched, Place, Ports, Truth
from idp.secret import Secret
from idp.web.machine import machine
from policies.engine import Engine
from risk.zones import Zones

ISSUER = "https://id.example"
PAYROLL, DOCS = "urn:example:payroll", "urn:example:docs"
SECRET = "payroll-secret-0123456789abcdefghijklmnopqrstuvwxyz"
VERIFIER = "v" * 64
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
RULES = Path(__file__).parent.parent.parent / "policies" / "rules"
MASTER = b"m" * 32
SEALER = KeyringSealer(Keyring([MasterKey(key_id(MASTER), Secret(MASTER), Path("master.key"))]))
ENGINE = Engine.load(RULES, messages=frozenset(Messages.load().catalogues["en"]))


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


class Wire:
    """`idp.ports.Outgoing` that keeps what was sent and asked; `answers` and `pages` by URL, an exception is raised."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, int | Unavailable] = {}
        self.pages: dict[str, Fetched | Unavailable] = {}
        self.asked: list[str] = []

    def post_form(self, url: str, form: dict[str, str]) -> int:
        self.sent.append((url, form))
        answer = self.answers.get(url, 200)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    def get(self, url: str, *, accept: str, most: int) -> Fetched:
        self.asked.append(url)
        page = self.pages.get(url, Unavailable("application", "nobody is there"))
        if isinstance(page, Unavailable):
            raise page
        if len(page.body) > most:
            raise Unavailable("application", f"more than {most} octets")
        return page


class Nowhere:
    """`idp.ports.Places` that knows no address."""

    def place(self, address: str) -> Place:
        return Place(None, None, None)


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)  # type: ignore[no-any-return]


def clients() -> tuple[Client, ...]:
    own = {"secret_hashes": (sha256(SECRET.encode()).digest(),), "department_id": "mof"}
    permissions = ("payroll.read", "payroll.approve")
    return (
        Client(
            "payroll",
            Text("Payroll", "工资"),
            redirect_uris=("https://payroll.example/callback",),
            scopes=("openid", "profile", "email", *permissions, "docs.read"),
            audiences=(PAYROLL, DOCS),
            post_logout_redirect_uris=("https://payroll.example/bye",),
            backchannel_logout_uri="https://payroll.example/backchannel",
            first_party=True,
            grade=1,
            **own,  # type: ignore[arg-type]
        ),
        Client(
            "docs",
            Text("Docs", "文档"),
            redirect_uris=("https://docs.example/callback",),
            auth_method="client_secret_post",
            scopes=("openid", "docs.read", "docs.write"),
            audiences=(DOCS,),
            backchannel_logout_uri="https://docs.example/backchannel",
            networks=frozenset({"office"}),
            countries=frozenset({"CN"}),
            **own,  # type: ignore[arg-type]
        ),
        Client(
            "app",
            Text("App", "应用"),
            "mof",
            ("https://app.example/callback",),
            auth_method="none",
            scopes=("openid", "profile", "docs.read"),
            audiences=(DOCS,),
        ),
        Client(
            "robot",
            Text("Robot", "机器人"),
            redirect_uris=(),
            grant_types=("client_credentials",),
            scopes=("docs.read", "docs.write", "payroll.read"),
            audiences=(DOCS, PAYROLL),
            roles=frozenset({"docs-editor", "payroll-clerk"}),
            grade=2,
            **own,  # type: ignore[arg-type]
        ),
    )


RESOURCES = (
    Resource(
        PAYROLL,
        Text("Payroll", "工资"),
        (
            Permission("payroll.read", 3, frozenset({"payroll-clerk"}), Text("Read pay", "查看工资")),
            Permission("payroll.approve", 4, frozenset({"payroll-approver"}), Text("Approve pay", "批准工资")),
        ),
    ),
    Resource(
        DOCS,
        Text("Docs", "文档"),
        (
            Permission("docs.read", 1, frozenset({"everyone"}), Text("Read", "阅读")),
            Permission("docs.write", 2, frozenset({"docs-editor"}), Text("Write", "编写")),
        ),
    ),
)


@dataclass
class World:
    idp: Idp
    clock: Clock
    wire: Wire
    brief: MemoryBrief
    subject: Subject
    post: Post
    session: Session
    role: RoleGrant
    apps: dict[str, Any] = field(default_factory=dict)

    @property
    def truth(self) -> Truth:
        return self.idp.ports.truth

    def client(self, client_id: str) -> Client:
        return self.truth.configuration().clients[client_id]

    def change_client(self, client_id: str, **changes: Any) -> None:
        with self.truth.begin() as tx:
            tx.registry.put_client(replace(self.client(client_id), **changes))

    def change_subject(self, **changes: Any) -> None:
        subject = self.truth.people.get(self.subject.id)
        assert subject is not None
        with self.truth.begin() as tx:
            tx.people.change(replace(subject, **changes))

    def take_role(self) -> None:
        with self.truth.begin() as tx:
            assert tx.people.take_role(self.role.id, self.clock()) is not None
            tx.people.bump_access(self.subject.id)

    def end_post(self) -> None:
        """No port ends a post yet; what a store would say is what counts here."""
        with self.truth.begin() as tx:
            posts = tx.people._tables().posts  # type: ignore[attr-defined]
            posts[self.post.id] = replace(self.post, ends_at=self.clock())

    def code(self, client_id: str = "payroll", scopes: str = "openid profile payroll.read", **changes: Any) -> str:
        """A code, and its grant, as the sign-in leaves them."""
        client, asked = self.client(client_id), tuple(scopes.split())
        permissions = self.truth.configuration().permissions_of(client)
        audiences = list(dict.fromkeys(permissions[one][0].audience for one in asked if one in permissions))
        grant = Grant(
            id=self.idp.id("grant"),
            subject_id=self.subject.id,
            client_id=client_id,
            post_id=self.post.id,
            sid=self.session.sid,
            scopes=asked,
            audience=changes.pop("audience", audiences[0] if audiences else None),
            acr=self.session.acr,
            amr=self.session.amr,
            authenticated_at=self.session.authenticated_at,
            created_at=self.clock(),
            nonce="n-1",
        )
        with self.truth.begin() as tx:
            tx.grants.add(grant)
        code = Code(
            grant.id,
            client_id,
            client.redirect_uris[0],
            challenge_of(VERIFIER),
            asked,
            grant.audience,
            "n-1",
            self.clock(),
        )
        value = secrets.token_urlsafe(32)
        self.brief.put_code(hash_of(value), replace(code, **changes), timedelta(seconds=60))
        return value

    def redeem(self, code: str, client_id: str = "payroll", **more: str) -> Reply:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client(client_id).redirect_uris[0],
            "code_verifier": VERIFIER,
        }
        return self.token(client_id, {name: value for name, value in (form | more).items() if value})

    def refresh(self, token: str, client_id: str = "payroll", **more: str) -> Reply:
        return self.token(client_id, {"grant_type": "refresh_token", "refresh_token": token, **more})

    def tokens(self, client_id: str = "payroll", scopes: str = "openid profile payroll.read") -> dict[str, Any]:
        reply = self.redeem(self.code(client_id, scopes), client_id)
        assert reply.status == 200, reply.body
        return reply.json

    def token(self, client_id: str, form: dict[str, str]) -> Reply:
        return self.call("/token", form, client_id)

    def call(
        self,
        path: str,
        form: dict[str, str],
        client_id: str | None = "payroll",
        headers: dict[str, str] | None = None,
        **environ: Any,
    ) -> Reply:
        """As that client, in the way that it is registered for."""
        headers = dict(headers or {})
        method = self.client(client_id).auth_method if client_id else None
        if method == "client_secret_basic":
            headers["Authorization"] = basic(client_id or "", SECRET)
        elif method is not None:
            form = (
                form | {"client_id": client_id or ""} | ({"client_secret": SECRET} if method.endswith("post") else {})
            )
        return self.http("POST", path, urlencode(form).encode(), headers, **environ)

    def userinfo(self, token: str) -> Reply:
        return self.http("GET", "/userinfo", headers={"Authorization": f"Bearer {token}"})

    def introspect(self, token: str, client_id: str = "payroll") -> dict[str, Any]:
        return self.call("/introspect", {"token": token}, client_id).json

    def http(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        kind: str | None = "application/x-www-form-urlencoded",
        **environ: Any,
    ) -> Reply:
        found: list[Any] = []
        call = {"REQUEST_METHOD": method, "PATH_INFO": path.partition("?")[0], "QUERY_STRING": path.partition("?")[2]}
        if body is not None:
            call |= {"CONTENT_LENGTH": str(len(body))} | ({"CONTENT_TYPE": kind} if kind else {})
        call |= {"wsgi.input": BytesIO(body or b""), **environ}  # type: ignore[dict-item]
        call |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()}
        where = call["PATH_INFO"]
        app = self.apps.get(where) or self.apps[where[: where.rfind("/") + 1]]  # as the door finds it
        answer = b"".join(app(call, lambda *said: found.extend(said)))
        return Reply(int(found[0].split()[0]), dict(found[1]), answer)

    def events(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(row.body) for row in self.truth.audit.search(name=name, limit=500)]


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def claims_of(token: str) -> dict[str, Any]:
    return json.loads(decode(token.split(".")[1].encode()))  # type: ignore[no-any-return]


def world() -> World:
    """Alice of Finance, clerk at AAL2 from the office, with a live session; four clients; a signing key."""
    clock, wire = Clock(), Wire()
    brief = MemoryBrief(clock=lambda: clock.at.timestamp(), now=clock)
    truth = MemoryTruth(clock)
    away: Any = None
    ports = Ports(
        truth, brief, away, Nowhere(), away, SEALER, wire, clock, secrets.token_bytes, SoftwareKeys(), MemoryMail()
    )
    return furnish(
        Idp(settings(), ports, ENGINE, Zones({}), RelyingParty("id.example", "Test", ISSUER)), clock, wire, brief
    )


def settings() -> Settings:
    return Settings.model_validate({"mode": "demonstration", "server": {"issuer": ISSUER}})


def furnish(idp: Idp, clock: Clock, wire: Wire, brief: Any) -> World:
    now = clock()
    subject = Subject(
        idp.id("sub"), "mof", Text("Alice Chen", "陈爱丽"), "alice@mof.example", ("alice",), clearance=4, created_at=now
    )
    post = Post(idp.id("post"), subject.id, "mof", "regular", None, now - timedelta(days=1), is_default=True)
    role = RoleGrant(idp.id("role"), post.id, "payroll-clerk", "administrator", "test", None, now - timedelta(days=1))
    session = Session(
        id_hash=hash_of("cookie"),
        sid=idp.id("sid"),
        subject_id=subject.id,
        post_id=post.id,
        created_at=now,
        authenticated_at=now - timedelta(minutes=1),
        last_seen_at=now,
        expires_at=now + timedelta(hours=24),
        idle_limit=timedelta(hours=1),
        proofs=(Proof("totp", "a-1", now, ("otp",), AAL2),),
        acr=AAL2,
        amr=("mfa", "otp", "pwd"),
        device_hash=hash_of("device"),
        network="net",
        country="CN",
        asn=None,
        zones=("office",),
    )
    with idp.ports.truth.begin() as tx:
        tx.registry.put_department(Department("cn", None, "country", Text("Country", "国家")))
        tx.registry.put_department(Department("mof", "cn", "bureau", Text("Finance", "财政部"), "local"))
        for resource in RESOURCES:
            tx.registry.put_resource(resource)
        for client in clients():
            tx.registry.put_client(client)
        tx.people.add(subject, post, None)
        tx.people.grant_role(role)
        tx.sessions.add(session)
    assert ensure_signing_key(idp) is not None
    return World(idp, clock, wire, brief, subject, post, session, role, machine(idp))
