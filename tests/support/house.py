"""A whole house in a temporary folder: real SQLite, real Valkey, the real application, named people and a clock.

`House` is the identity provider with a Local department and two applications; `Browser` keeps cookies and posts forms as a
person's browser would, without JavaScript. Only time is ours.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug.test import Client as HttpClient
from werkzeug.test import TestResponse

from adapters import connect
from config.settings import Settings
from idp.app import build, create_app
from idp.flows.context import Idp, hash_of
from idp.flows.keys import ensure_signing_key
from idp.flows.sign_in.enrol import clean_code, hash_code
from idp.model import (
    AAL1,
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
from idp.oidc.pkce import challenge_of
from idp.secret import Secret

ISSUER = "https://id.example"
PAYROLL = "urn:example:payroll"
VERIFIER = "v" * 64
SECRET = "s" * 64


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

    def http(self, address: str = "10.1.2.3") -> HttpClient:
        return HttpClient(self.app)  # type: ignore[arg-type]


class Browser:
    """One person's browser: cookies, forms, a place and a language. `.page` is the last HTML."""

    def __init__(
        self, house: House, address: str = "10.1.2.3", agent: str = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"
    ) -> None:
        self.house, self.address, self.agent = house, address, agent
        self.http = HttpClient(house.app)  # type: ignore[arg-type]
        self.url, self.page, self.status, self.last = "", "", 0, None
        self.language = "en"

    def get(self, url: str) -> "Browser":
        return self._follow(self._open("GET", url))

    def submit(self, **fields: str) -> "Browser":
        """Send the page's first form that has all these fields, as a browser would."""
        form = self._form(set(fields))
        action = unescape(re.search(r'action="([^"]*)"', form)[1])  # type: ignore[index]
        data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)) | fields
        return self._follow(self._open("POST", action, data={k: unescape(v) for k, v in data.items()}))

    def post(self, url: str, data: dict[str, str], **more: str) -> TestResponse:
        return self._open("POST", url, data=data)

    @property
    def query(self) -> dict[str, str]:
        return {key: value[0] for key, value in parse_qs(urlsplit(self.url).query).items()}

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def _form(self, names: set[str]) -> str:
        forms = re.findall(r"<form.*?</form>", self.page, re.S)
        wanted = names - {"do"}
        for form in forms:
            if all(f'name="{name}"' in form for name in wanted):
                return str(form)
        raise AssertionError(f"no form with {names} on {self.url}: {self.page[:3000]}")

    def _open(self, method: str, url: str, data: dict[str, str] | None = None) -> TestResponse:
        self.url = url if url.startswith("http") else f"{ISSUER}{url}"
        parts = urlsplit(self.url)
        headers = {
            "User-Agent": self.agent,
            "X-Forwarded-For": self.address,
            "Accept-Language": self.language,
        } | ({"Origin": ISSUER} if method == "POST" else {})
        return self.http.open(
            f"{parts.path}?{parts.query}" if parts.query else parts.path,
            method=method,
            base_url=ISSUER,
            data=data,
            headers=headers,
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )

    def _follow(self, response: TestResponse) -> "Browser":
        for _ in range(10):
            self.status, self.last = response.status_code, response
            if response.status_code not in (302, 303):
                break
            self.url = response.headers["Location"]
            if not self.url.startswith("/") and not self.url.startswith(ISSUER):
                break  # at the application's door
            response = self._open("GET", self.url)
        self.page = response.get_data(as_text=True)
        return self


class RelyingParty:
    """An application that starts sign-ins and redeems codes."""

    def __init__(self, house: House, client_id: str = "payroll") -> None:
        self.house, self.client_id = house, client_id
        self.http = HttpClient(house.app)  # type: ignore[arg-type]

    def start(self, scope: str = "openid profile payroll.read payroll.approve", **more: str) -> str:
        client = self.house.idp.ports.truth.configuration().clients[self.client_id]
        return "/authorize?" + urlencode(
            {
                "client_id": self.client_id,
                "redirect_uri": client.redirect_uris[0],
                "response_type": "code",
                "scope": scope,
                "state": "state-1",
                "nonce": "nonce-1",
                "code_challenge": challenge_of(VERIFIER),
                "code_challenge_method": "S256",
            }
            | more
        )

    def redeem(self, browser: Browser, **more: str) -> TestResponse:
        return self.token(
            {"grant_type": "authorization_code", "code": browser.query["code"], "code_verifier": VERIFIER} | more
        )

    def token(self, form: dict[str, str]) -> TestResponse:
        client = self.house.idp.ports.truth.configuration().clients[self.client_id]
        if form.get("grant_type") == "authorization_code":
            form.setdefault("redirect_uri", client.redirect_uris[0])
        return self.http.post("/token", base_url=ISSUER, data=form, auth=(self.client_id, SECRET))

    def post(self, path: str, form: dict[str, str]) -> TestResponse:
        return self.http.post(path, base_url=ISSUER, data=form, auth=(self.client_id, SECRET))


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
        }
        | more
    )


@contextmanager
def house_in(folder: Path) -> Iterator[House]:
    """A furnished house; closed, with its Valkey, at the end."""
    clock = Clock()
    settings = settings_in(folder)
    ports = connect(settings, clock)
    try:
        idp = build(settings, ports)
        ensure_signing_key(idp)
        furnish(idp)
        yield House(idp, create_app(idp), clock)
    finally:
        ports.close()


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
