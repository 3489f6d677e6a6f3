"""A tiny OpenID provider for the examples' tests: joserfc and http.server on loopback.

It checks what the client sends (PKCE, secret, redirect, resource) and gives out what the test says. Another
implementation than ours on purpose: what the examples believe of the standards is not believed twice.
"""

import base64
import hashlib
import http.server
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class MiniOP:
    """One provider, one client, one person. The fields are what a test turns."""

    client_id: str = "app"
    client_secret: str = "a-secret-of-the-test"
    subject: str = "s-alice"
    name: str = "Alice 爱丽丝"
    sid: str = "sid-1"
    acr: str = "urn:gerege:aal2"
    granted: str = "openid profile payroll.read payroll.approve"
    expires_in: int = 300
    refuse_refresh: bool = False
    away: bool = False
    name_in_id_token: bool = False
    answer_iss: str | None = None  # what /authorize says instead of the issuer
    id_token_changes: dict[str, object] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)  # every authorization request
    token_requests: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)

    revoked: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = ECKey.generate_key("P-256")
        op = self

        class Door(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                op._answer(self, "")

            def do_POST(self) -> None:
                op._answer(self, self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

            def log_message(self, *args: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.issuer = f"http://localhost:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    # --- tokens -------------------------------------------------------------------------------------------------------

    def sign(self, claims: dict[str, object], typ: str, key: ECKey | None = None) -> str:
        present = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": "k1", "typ": typ}
        return jws.serialize_compact(header, json.dumps(present), key or self.key, algorithms=["ES256"])

    def access_token(self, audience: str, scope: str, **changes: object) -> str:
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.issuer, "aud": audience, "sub": self.subject, "client_id": self.client_id, "scope": scope,
            "jti": secrets.token_hex(8), "iat": now, "exp": now + self.expires_in, "acr": self.acr, "auth_time": now,
        }  # fmt: skip
        return self.sign({**claims, **changes}, "at+jwt")

    def logout_token(self, key: ECKey | None = None, **changes: Any) -> str:
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.issuer, "aud": self.client_id, "iat": now, "exp": now + 120, "jti": secrets.token_hex(8),
            "sub": self.subject, "sid": self.sid, "events": {EVENT: {}},
        }  # fmt: skip
        typ = changes.pop("typ", "logout+jwt")
        return self.sign({**claims, **changes}, typ, key)

    def _tokens(self, asked: dict[str, str], nonce: str | None) -> dict[str, object]:
        scope = " ".join(one for one in self.granted.split() if one in asked.get("scope", self.granted).split())
        now = int(time.time())
        access_token = self.access_token(asked["resource"], scope)
        refresh_token = asked.get("refresh_token") or secrets.token_urlsafe(16)
        self.refresh_tokens.add(refresh_token)
        id_claims: dict[str, object] = {
            "iss": self.issuer, "aud": self.client_id, "sub": self.subject, "sid": self.sid, "iat": now,
            "exp": now + 300, "auth_time": now, "acr": self.acr, "nonce": nonce,
            "name": self.name if self.name_in_id_token else None,
        }  # fmt: skip
        return {
            "access_token": access_token, "token_type": "Bearer", "expires_in": self.expires_in, "scope": scope,
            "refresh_token": refresh_token, "id_token": self.sign({**id_claims, **self.id_token_changes}, "JWT"),
        }  # fmt: skip

    # --- endpoints ----------------------------------------------------------------------------------------------------

    def _answer(self, door: http.server.BaseHTTPRequestHandler, body: str) -> None:
        parts = urlsplit(door.path)
        query, form = _flat(parts.query), _flat(body)
        authorization = door.headers.get("Authorization", "")
        if self.away:
            return _send(door, 503, {"error": "temporarily_unavailable"})
        match parts.path:
            case "/.well-known/openid-configuration":
                return _send(door, 200, self._metadata())
            case "/jwks":
                return _send(door, 200, {"keys": [{**self.key.as_dict(private=False), "kid": "k1"}]})
            case "/authorize":
                return _redirect(door, self._authorize(query))
            case "/token":
                return _send(door, *self._token(form, authorization))
            case "/revocations":
                return _send(door, 200, {"revoked": self.revoked, "until": time.time(), "more": False})
            case "/userinfo":
                return _send(door, *self._userinfo(authorization))
            case "/logout":
                state = f"?state={query['state']}" if "state" in query else ""
                return _redirect(door, query["post_logout_redirect_uri"] + state)
        return _send(door, 404, {})

    def _metadata(self) -> dict[str, object]:
        ends = {"authorization": "authorize", "token": "token", "userinfo": "userinfo", "end_session": "logout"}
        ends["revocation_feed"] = "revocations"
        return {
            "issuer": self.issuer, "jwks_uri": self.issuer + "/jwks",
            **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in ends.items()},
            "id_token_signing_alg_values_supported": ["ES256"], "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip

    def _authorize(self, query: dict[str, str]) -> str:
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["client_id"] == self.client_id
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.answer_iss or self.issuer}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, object]]:
        self.token_requests.append(form)
        basic = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "refresh_token":
            if self.refuse_refresh or form["refresh_token"] not in self.refresh_tokens:
                return 400, {"error": "invalid_grant"}
            return 200, self._tokens(form, None)
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if form.get("resource") != asked.get("resource"):
            return 400, {"error": "invalid_target"}
        return 200, self._tokens({**asked}, asked["nonce"])

    def _userinfo(self, authorization: str) -> tuple[int, dict[str, object]]:
        payload = jws.deserialize_compact(authorization.removeprefix("Bearer "), self.key).payload
        claims: dict[str, Any] = json.loads(payload)
        if claims["aud"] != self.issuer:  # a token for an API is not one for userinfo
            return 401, {"error": "invalid_token"}
        return 200, {"sub": self.subject, "name": self.name}


def _flat(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


def _send(door: http.server.BaseHTTPRequestHandler, status: int, value: dict[str, object]) -> None:
    body = json.dumps(value).encode()
    door.send_response(status)
    door.send_header("Content-Type", "application/json")
    door.send_header("Content-Length", str(len(body)))
    door.end_headers()
    door.wfile.write(body)


def _redirect(door: http.server.BaseHTTPRequestHandler, location: str) -> None:
    door.send_response(303)
    door.send_header("Location", location)
    door.send_header("Content-Length", "0")
    door.end_headers()
