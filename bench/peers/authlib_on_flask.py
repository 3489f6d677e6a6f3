# mypy: disable-error-code="misc,no-any-return,untyped-decorator"
"""The peer A: Authlib's server on Flask with SQLite (WAL), put together as its documentation does. ES256, scrypt.

    python -m bench.peers.authlib_on_flask PORT FOLDER

The smallest server that does the same work: code with PKCE, refresh with rotation, client_credentials, introspection,
userinfo. Its access tokens are opaque and kept in the database, which is Authlib's default.
"""

import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, jsonify, redirect, request, session
from joserfc.jwk import ECKey
from werkzeug.security import check_password_hash, generate_password_hash

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
ISSUER, SECRET = f"http://127.0.0.1:{PORT}", "a-secret-of-more-than-32-octets-for-the-bench"
CALLBACK = "http://127.0.0.1:1/callback"
KEY = ECKey.generate_key("P-256", {"kid": "bench", "use": "sig", "alg": "ES256"})
PASSWORD = generate_password_hash("a right password")
TABLES = """
CREATE TABLE IF NOT EXISTS code (code TEXT PRIMARY KEY, client TEXT, person TEXT, redirect_uri TEXT, scope TEXT,
    nonce TEXT, challenge TEXT, at REAL);
CREATE TABLE IF NOT EXISTS token (access TEXT PRIMARY KEY, refresh TEXT, client TEXT, person TEXT, scope TEXT,
    at REAL, life INTEGER, revoked INTEGER DEFAULT 0);
CREATE INDEX IF NOT EXISTS token_refresh ON token (refresh);
"""
kept = threading.local()


def run(statement: str, *values: object) -> list[Any]:
    """One statement on this thread's connection; a write is durable as WAL and NORMAL make it."""
    if not hasattr(kept, "line"):
        kept.line = sqlite3.connect(FOLDER / "authlib.sqlite", isolation_level=None, timeout=5)
        kept.line.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + TABLES)
    return list(kept.line.execute(statement, values))


class Application(ClientMixin):
    """A registered client."""

    def __init__(self, name: str, secret: str, granted: tuple[str, ...]) -> None:
        self.client_id, self.client_secret, self._granted = name, secret, granted

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        return CALLBACK

    def get_allowed_scope(self, scope: str) -> str:
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == CALLBACK

    def check_client_secret(self, client_secret: str) -> bool:
        return bool(self.client_secret) and client_secret == self.client_secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == ("client_secret_basic" if self.client_secret else "none")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self._granted


CODE = ("authorization_code", "refresh_token")
APPLICATIONS = {
    "web": Application("web", SECRET, CODE),
    "native": Application("native", "", CODE),
    "machine": Application("machine", SECRET, ("client_credentials",)),
}


class Code(AuthorizationCodeMixin):
    """A row of `code`."""

    def __init__(self, row: Any) -> None:
        self.code, self.client_id, self.person, self.redirect_uri, self.scope, self.nonce = row[:6]
        self.code_challenge, self.code_challenge_method, self.at = row[6], "S256", row[7]

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(self.at)

    def get_acr(self) -> None: ...

    def get_amr(self) -> None: ...


class Token(TokenMixin):
    """A row of `token`."""

    def __init__(self, row: Any) -> None:
        self.access, self.refresh, self.client_id, self.person, self.scope, self.at, self.life, self.revoked = row

    def check_client(self, client: Application) -> bool:
        return client.client_id == self.client_id

    def get_scope(self) -> str:
        return self.scope

    def get_expires_in(self) -> int:
        return self.life

    def is_expired(self) -> bool:
        return self.at + self.life < time.time()

    def is_revoked(self) -> bool:
        return bool(self.revoked)

    def get_user(self) -> str:
        return self.person


def token_by(column: str, value: str) -> Token | None:
    rows = run(f"SELECT * FROM token WHERE {column} = ?", value)  # noqa: S608  a name of ours
    return Token(rows[0]) if rows else None


def save_token(token: dict[str, Any], asked: Any) -> None:
    run(
        "INSERT INTO token VALUES (?,?,?,?,?,?,?,0)",
        token["access_token"],
        token.get("refresh_token"),
        asked.client.client_id,
        asked.user,
        token.get("scope", ""),
        time.time(),
        token["expires_in"],
    )


class CodeGrant(grants.AuthorizationCodeGrant):
    """RFC 6749 §4.1."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "none")

    def save_authorization_code(self, code: str, request: Any) -> None:
        said = request.payload.data
        values = (request.client.client_id, request.user, CALLBACK, request.payload.scope, said.get("nonce"))
        run("INSERT INTO code VALUES (?,?,?,?,?,?,?,?)", code, *values, said.get("code_challenge"), time.time())

    def query_authorization_code(self, code: str, client: Application) -> Code | None:
        rows = run(
            "SELECT * FROM code WHERE code = ? AND client = ? AND at > ?", code, client.client_id, time.time() - 60
        )
        return Code(rows[0]) if rows else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        run("DELETE FROM code WHERE code = ?", authorization_code.code)

    def authenticate_user(self, authorization_code: Code) -> str:
        return authorization_code.person


class RefreshGrant(grants.RefreshTokenGrant):
    """RFC 6749 §6, with rotation."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "none")
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        found = token_by("refresh", refresh_token)
        return found if found is not None and not found.revoked else None

    def authenticate_user(self, refresh_token: Token) -> str:
        return refresh_token.person

    def revoke_old_credential(self, refresh_token: Token) -> None:
        run("UPDATE token SET revoked = 1 WHERE access = ?", refresh_token.access)


class Identity(OpenIDCode):
    """ID tokens."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False

    def get_jwt_config(self, grant: Any, client: Any = None) -> dict[str, Any]:
        return {"key": KEY, "alg": "ES256", "iss": ISSUER, "exp": 3600}

    def generate_user_info(self, user: str, scope: str) -> UserInfo:
        return UserInfo(sub=user, name=user)


class Introspection(IntrospectionEndpoint):
    """RFC 7662."""

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        return token_by("access", token_string)

    def check_permission(self, token: Token, client: Application, request: Any) -> bool:
        return True

    def introspect_token(self, token: Token) -> dict[str, Any]:
        return {"active": True, "client_id": token.client_id, "scope": token.scope, "exp": int(token.at) + token.life}


class Validator(BearerTokenValidator):
    def authenticate_token(self, token_string: str) -> Token | None:
        return token_by("access", token_string)


app = Flask(__name__)
app.config.update(SECRET_KEY=SECRET, OAUTH2_REFRESH_TOKEN_GENERATOR=True, OAUTH2_TOKEN_EXPIRES_IN={"implicit": 60})
server = AuthorizationServer(app, query_client=APPLICATIONS.get, save_token=save_token)
server.register_grant(CodeGrant, [CodeChallenge(required=True), Identity(require_nonce=False)])
server.register_grant(RefreshGrant)
server.register_grant(grants.ClientCredentialsGrant)
server.register_endpoint(Introspection)
protect = ResourceProtector()
protect.register_token_validator(Validator())
PLACES = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "introspection_endpoint": "introspect",
    "userinfo_endpoint": "userinfo",
    "jwks_uri": "jwks",
}


@app.get("/.well-known/openid-configuration")
def discovery() -> Any:
    return jsonify(
        issuer=ISSUER, response_types_supported=["code"], **{name: f"{ISSUER}/{path}" for name, path in PLACES.items()}
    )


@app.get("/jwks")
def jwks() -> Any:
    return jsonify(keys=[KEY.as_dict(private=False)])


@app.route("/authorize", methods=["GET", "POST"])
def authorize() -> Any:
    if "person" not in session:
        session["back"] = request.full_path
        return redirect("/login")
    return server.create_authorization_response(grant_user=session["person"])


@app.route("/login", methods=["GET", "POST"])
def login() -> Any:
    if request.method == "GET":
        return '<form method="post"><input name="username"><input name="password" type="password"></form>'
    if not check_password_hash(PASSWORD, request.form["password"]):
        return "no", 403
    session["person"] = request.form["username"]
    return redirect(session.pop("back"))


@app.post("/token")
def token() -> Any:
    return server.create_token_response()


@app.post("/introspect")
def introspect() -> Any:
    return server.create_endpoint_response("introspection")


@app.get("/userinfo")
@protect("openid")
def userinfo() -> Any:
    return jsonify(sub=current_token.person, name=current_token.person)


if __name__ == "__main__":
    from granian.constants import Interfaces
    from granian.server import Server

    Server(f"{__name__}:app", port=PORT, interface=Interfaces.WSGI, blocking_threads=4, log_access=False).serve(
        target_loader=lambda: app, wrap_loader=False
    )
