"""Code that works as it is pasted: the real issuer, id, address and permissions of one application.

A secret is never in it: the code reads it from the environment. Values are written by each language's own rules, so
that none of them can end its string. Spec: RFC 6749 §4.1 and §4.4, RFC 7636, RFC 8707. The how-tos say the rest.
"""

import json
import shlex
from urllib.parse import urlsplit

from idp.flows.admin.app_draft import kind_of
from idp.model import Client, Configuration
from idp.web.pages import Snippet, Text

WITH_SECRET = ("client_secret_basic", "client_secret_post")


def of(client: Client, configuration: Configuration, issuer: str) -> tuple[Snippet, ...]:
    """Those that fit its kind and the way in which it proves who it is."""
    kind, found = kind_of(client), []
    if kind == "machine" and client.auth_method in WITH_SECRET:
        found.append(Snippet("curl", _curl(client, issuer)))
    if kind == "web" and client.auth_method in WITH_SECRET and client.redirect_uris:
        found.append(Snippet("Python: Flask, Authlib", _flask(client, issuer)))
    if kind in ("web", "native") and client.auth_method in (*WITH_SECRET, "none") and client.redirect_uris:
        found.append(Snippet("Node: openid-client", _node(client, issuer)))
    if kind == "browser" and client.redirect_uris:
        found.append(Snippet("JavaScript: oidc-client-ts", _browser(client, issuer)))
    permissions = configuration.permissions_of(client)
    for audience in client.audiences:
        scope = next((name for name, (api, _) in permissions.items() if api.audience == audience), None)
        title = Text(f"Its API: Flask, gerege-verify ({audience})", f"其 API：Flask、gerege-verify（{audience}）")
        found.append(Snippet(title, _api(audience, scope, issuer)))
    return tuple(found)


def _curl(client: Client, issuer: str) -> str:
    fields = [("grant_type", "client_credentials"), ("scope", " ".join(client.scopes))]
    fields += [("resource", one) for one in client.audiences[:1]]
    in_body = client.auth_method == "client_secret_post"
    lines = [f'curl --user "{client.id}:$CLIENT_SECRET"'] if not in_body else ["curl"]
    lines += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in fields if value]
    if in_body:
        lines += [f"--data client_id={client.id}", '--data-urlencode "client_secret=$CLIENT_SECRET"']
    lines.append(shlex.quote(f"{issuer.rstrip('/')}/token"))
    return " \\\n    ".join(lines)


def _flask(client: Client, issuer: str) -> str:
    address = client.redirect_uris[0]
    back = urlsplit(address).path or "/"
    begin = "/sign-in" if back != "/sign-in" else "/begin"
    method = (
        "" if client.auth_method == "client_secret_basic" else f', "token_endpoint_auth_method": {_q(WITH_SECRET[1])}'
    )
    return f"""import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, session

app = Flask(__name__)
app.secret_key = os.environ["SESSION_SECRET"]
gerege = OAuth(app).register(
    "gerege",
    client_id={_q(client.id)},
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url={_q(_discovery(issuer))},
    client_kwargs={{"scope": {_q(_scope(client))}, "code_challenge_method": "S256"{method}}},
)


@app.get({_q(begin)})
def begin():
    return gerege.authorize_redirect({_q(address)})


@app.get({_q(back)})
def signed_in():
    token = gerege.authorize_access_token()
    session["subject"] = token["userinfo"]["sub"]  # from the ID token
    return redirect("/me")


@app.get("/me")
def me():
    return {{"signed in": session.get("subject")}}
"""


def _node(client: Client, issuer: str) -> str:
    proof = {
        "none": "oidc.None()",
        "client_secret_basic": "oidc.ClientSecretBasic(process.env.CLIENT_SECRET)",
        "client_secret_post": "oidc.ClientSecretPost(process.env.CLIENT_SECRET)",
    }[client.auth_method]
    plain = ", { execute: [oidc.allowInsecureRequests] }" if issuer.startswith("http:") else ""
    return f"""import * as oidc from "openid-client";

const config = await oidc.discovery(
  new URL({_q(issuer)}), {_q(client.id)}, undefined, {proof}{plain},
);

/** Where to send the browser, and what to keep for its way back. */
export async function begin() {{
  const kept = {{ pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState() }};
  const url = oidc.buildAuthorizationUrl(config, {{
    redirect_uri: {_q(client.redirect_uris[0])},
    scope: {_q(_scope(client))},
    state: kept.expectedState,
    code_challenge: await oidc.calculatePKCECodeChallenge(kept.pkceCodeVerifier),
    code_challenge_method: "S256",
  }});
  return {{ url, kept }};
}}

/** The tokens, for the address that the browser came back to. */
export async function finish(url, kept) {{
  const tokens = await oidc.authorizationCodeGrant(config, new URL(url), kept);
  return {{ tokens, subject: tokens.claims().sub }};
}}
"""


def _browser(client: Client, issuer: str) -> str:
    return f"""import {{ UserManager }} from "oidc-client-ts";

const users = new UserManager({{
  authority: {_q(issuer)},
  client_id: {_q(client.id)},
  redirect_uri: {_q(client.redirect_uris[0])},
  scope: {_q(_scope(client))},
  automaticSilentRenew: true,
}});

export const signIn = () => users.signinRedirect();
export const person = new URLSearchParams(location.search).has("code")
  ? await users.signinCallback()
  : await users.getUser();
"""


def _api(audience: str, scope: str | None, issuer: str) -> str:
    asked = f", scope={_q(scope)}" if scope else ""
    return f"""from flask import Flask, g
from gerege_verify import Verifier
from gerege_verify.flask import protect

app = Flask(__name__)
verifier = Verifier({_q(issuer)})


@app.get("/")
@protect(verifier, audience={_q(audience)}{asked})
def answer():
    return {{"for": g.token.subject, "by": g.token.client_id}}
"""


def _scope(client: Client) -> str:
    return " ".join(client.scopes)


def _discovery(issuer: str) -> str:
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def _q(text: str) -> str:
    """A string literal of Python and of JavaScript alike. `<` is escaped too, for whoever pastes it into a page."""
    return json.dumps(text).replace("<", "\\u003c")
