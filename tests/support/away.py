"""Applications whose people approve elsewhere: a device, and one that asks by the back channel."""

import re
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.test import Client as HttpClient
from werkzeug.test import TestResponse

from idp.flows.backchannel import GRANT_TYPE as CIBA
from idp.flows.device import GRANT_TYPE as DEVICE
from idp.model import Client, Text
from tests.support.browser import ISSUER, PAYROLL, SECRET, Browser
from tests.support.proofs import Key

if TYPE_CHECKING:
    from tests.support.house import House

BERLIN = "81.169.145.1"


def register(house: "House", client_id: str, **changes: Any) -> Client:
    """An application of the Local department, as these tests need it."""
    client = Client(
        id=client_id,
        name=Text(client_id.title(), client_id),
        department_id="local",
        redirect_uris=(f"https://{client_id}.example/callback",),
        secret_hashes=(sha256(SECRET.encode()).digest(),),
        scopes=("openid", "profile", "payroll.read", "docs.read"),
        audiences=(PAYROLL, "urn:example:docs"),
        labels=frozenset({"all-employees", "degraded-ok"}),
    )
    client = replace(client, **changes)
    with house.idp.ports.truth.begin() as tx:
        tx.registry.put_client(client)
    return client


@dataclass
class Machine:
    """A client that calls by itself, from an address."""

    house: "House"
    client_id: str
    address: str = BERLIN

    def call(self, path: str, form: dict[str, str], **headers: str) -> TestResponse:
        client = self.house.idp.ports.truth.configuration().clients[self.client_id]
        shown = {"client_id": self.client_id} if client.is_public else {}
        return HttpClient(self.house.app).post(  # type: ignore[arg-type]
            path,
            base_url=ISSUER,
            data=shown | form,
            auth=None if client.is_public else (self.client_id, SECRET),
            headers={"X-Forwarded-For": self.address, **headers},
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )


class Tv(Machine):
    """A device with a screen and no keyboard."""

    code: dict[str, Any]

    def begin(self, scope: str = "openid profile docs.read", **more: str) -> dict[str, Any]:
        answer = self.call("/device_authorization", {"scope": scope, **more})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.code = answer.json or {}
        return self.code

    def poll(self, device_code: str | None = None, **headers: str) -> TestResponse:
        form = {"grant_type": DEVICE, "device_code": device_code or self.code["device_code"]}
        return self.call("/token", form, **headers)


class Bank(Machine):
    """An application that asks its customer, who is not at its door."""

    asked: dict[str, Any]

    def ask(self, **form: str) -> TestResponse:
        answer = self.call("/bc-authorize", {"scope": "openid profile docs.read", **form})
        self.asked = answer.json or {}
        return answer

    def poll(self, auth_req_id: str | None = None) -> TestResponse:
        return self.call("/token", {"grant_type": CIBA, "auth_req_id": auth_req_id or self.asked["auth_req_id"]})


def type_code(browser: Browser, tv: Tv) -> Browser:
    """To the page that says who asks."""
    return browser.get("/device").submit(user_code=tv.code["user_code"])


def error(answer: TestResponse) -> str:
    return str((answer.json or {}).get("error", answer.status_code))


def heading(browser: Browser) -> str:
    found = re.search(r"<h1>(.*?)</h1>", browser.page, re.S)
    return found[1].strip() if found else ""


def path_of(answer: TestResponse) -> str:
    return urlsplit(answer.headers.get("Location", "")).path


def signed(key: Key, claims: dict[str, Any], **header: Any) -> str:
    """A signed request of a client."""
    return key.sign({"alg": key.alg, "kid": key.kid, **header}, claims)


def somebody(house: "House", name: str, path: str, *, roles: tuple[str, ...] = ()) -> Browser:
    """A new person, signed in with two factors, at that path."""
    app = house.app_of(house.person(name, "a password", roles=roles))
    return Browser(house).sign_in(path, name, "a password", app)


DEVICE_ONLY: dict[str, Any] = {"auth_method": "none", "secret_hashes": (), "grant_types": (DEVICE, "refresh_token")}
BACKCHANNEL: dict[str, Any] = {"grant_types": (CIBA, "refresh_token")}
