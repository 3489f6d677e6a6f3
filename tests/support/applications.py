"""Applications that ask in every way there is: pushed, signed, with claims and details; each registered in a house."""

import json
import secrets
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from idp.model import Client, DetailField, DetailType, Text
from idp.oidc.pkce import challenge_of
from tests.support.browser import ISSUER, SECRET, VERIFIER, RelyingParty
from tests.support.house import House
from tests.support.proofs import Key, asserted, assertion, without_none

DOCS = "urn:example:docs"
CALLBACK = "https://partner.example/callback"
TRANSFER = DetailType(
    "transfer",
    "docs.write",
    Text("Hand a document over", "移交公文"),
    (
        DetailField("document", "text", Text("Document", "公文"), required=True),
        DetailField("copies", "number", Text("Copies", "份数")),
        DetailField("urgent", "boolean", Text("Urgent", "加急")),
        DetailField("actions", "texts", Text("Actions", "操作"), choices=("read", "sign")),
        DetailField("receiver", "object", Text("Receiver", "接收方")),
    ),
)
HANDOVER = {"type": "transfer", "document": "财预〔2026〕17号", "copies": 2, "urgent": True, "actions": ["sign"]}


class Application(RelyingParty):
    """One that is not of the house: people are asked. `key` signs its requests and assertions."""

    def __init__(self, house: House, client_id: str, key: Key) -> None:
        super().__init__(house, client_id)
        self.key = key

    @property
    def client(self) -> Client:
        return self.house.idp.ports.truth.configuration().clients[self.client_id]

    def change(self, **changes: Any) -> None:
        with self.house.idp.ports.truth.begin() as tx:
            tx.registry.put_client(replace(self.client, **changes))

    def parameters(self, **more: str | None) -> dict[str, str]:
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.client.redirect_uris[0],
            "response_type": "code",
            "scope": "openid profile docs.read",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        return without_none(asked | more)

    def url(self, **more: str | None) -> str:
        return "/authorize?" + urlencode(self.parameters(**more))

    def push(self, headers: dict[str, str] | None = None, **more: str | None) -> TestResponse:
        return self.call("/par", self.parameters(**more), headers)

    def link(self, pushed: TestResponse, **more: str) -> str:
        said = pushed.json
        assert said is not None and pushed.status_code == 201, pushed.get_data(as_text=True)
        return "/authorize?" + urlencode({"client_id": self.client_id, "request_uri": said["request_uri"]} | more)

    def call(self, path: str, form: dict[str, str], headers: dict[str, str] | None = None) -> TestResponse:
        """As itself, in the way that it is registered for."""
        if self.client.auth_method == "private_key_jwt":
            form = form | asserted(assertion(self.key, self.client_id, self.house.clock()))
            return self.http.post(path, base_url=ISSUER, data=form, headers=headers)
        if self.client.is_public:
            return self.http.post(path, base_url=ISSUER, data=form | {"client_id": self.client_id}, headers=headers)
        return self.http.post(path, base_url=ISSUER, data=form, auth=(self.client_id, SECRET), headers=headers)

    def token(self, form: dict[str, str]) -> TestResponse:
        if form.get("grant_type") == "authorization_code":
            form = {"redirect_uri": self.client.redirect_uris[0]} | form
        return self.call("/token", form)

    def signed(self, header: dict[str, Any] | None = None, key: Key | None = None, **more: Any) -> str:
        """A request object; a claim that is None is left out."""
        at = int(self.house.clock().timestamp())
        about: dict[str, Any] = {"iss": self.client_id, "aud": ISSUER, "jti": secrets.token_hex(8)}
        about |= {"iat": at, "nbf": at, "exp": at + 300}
        key = key or self.key
        head = without_none({"alg": key.alg, "kid": key.kid, "typ": "oauth-authz-req+jwt"} | (header or {}))
        return key.sign(head, without_none({**about, **self.parameters(), **more}))

    def by_object(self, token: str, **outside: str) -> str:
        return "/authorize?" + urlencode({"client_id": self.client_id, "request": token} | outside)


def application(house: House, client_id: str = "partner", **changes: Any) -> Application:
    """Registered anew: a client of Docs that is not of the house, with a key of its own."""
    key = changes.pop("key", None) or Key("ES256", "k1")
    docs = house.idp.ports.truth.configuration().clients["docs"]
    made = replace(
        docs,
        id=client_id,
        name=Text("Partner", "合作单位"),
        redirect_uris=(CALLBACK,),
        scopes=("openid", "profile", "email", "docs.read"),
        first_party=False,
        jwks=(key.jwk,),
        authorization_details_types=("transfer",),
    )
    with house.idp.ports.truth.begin() as tx:
        resource = house.idp.ports.truth.configuration().resources[DOCS]
        tx.registry.put_resource(replace(resource, detail_types=(TRANSFER,)))
        tx.registry.put_client(replace(made, **changes))
    return Application(house, client_id, key)


def bank(house: House, client_id: str = "bank", **changes: Any) -> Application:
    """Of the `fapi2` profile."""
    return application(house, client_id, **({"profile": "fapi2", "auth_method": "private_key_jwt"} | changes))


def details(*listed: dict[str, Any]) -> str:
    return json.dumps(listed, ensure_ascii=False)
