"""Registrations of a realm, as ours: addresses, secrets, ways to ask.

An address comes only as it is written: one with a wildcard would match what nobody registered, and stays behind. One
that a browser would run (`javascript:`, `data:`) ends the reading, as does one secret of two applications.
Spec: RFC 7591 §2, RFC 6749 §3.1.2, RFC 9700 §2.1 and §4.1 (exact addresses), OIDC RP-Initiated Logout §3.1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.keycloak.document import Node, WrongExport
from adapters.plan.references import LEAST_SECRET
from idp.flows.migration.moved import Left, MovedClient
from idp.model import AuthMethod, Client, Text
from idp.oidc.redirects import problem_of
from idp.oidc.signing import ALGS
from idp.secret import Secret

OWN = frozenset(
    {"account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console", "master-realm"}
)
SCOPES = ("openid", "profile", "email", "phone", "address", "offline_access")
IGNORED_SCOPES = frozenset(
    {"web-origins", "acr", "basic", "roles", "service_account", "microprofile-jwt", "organization"}
)
RUNS = frozenset({"javascript", "data", "vbscript", "blob", "file", "about"})
MASKED = "**********"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CIBA = "urn:openid:params:grant-type:ciba"
METHODS: dict[str, AuthMethod] = {
    "client-secret": "client_secret_basic",
    "client-secret-jwt": "client_secret_jwt",
    "client-jwt": "private_key_jwt",
    "client-x509": "tls_client_auth",
}


class _Stays(ValueError):
    """Why a client does not come, and what to do about it."""

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(why)
        self.why, self.fix = why, fix


@dataclass(frozen=True, slots=True)
class Wishes:
    """compat: those that did not have to send PKCE need not here either. alg: the realm's default of ID tokens."""

    compat: bool = False
    alg: str = "RS256"


def own(one: Node) -> bool:
    """Whether Keycloak made it for itself."""
    return one.text("clientId") in OWN or one.node("attributes").text("realm_client", "") == "true"


def read(clients: Iterable[Node], wishes: Wishes) -> tuple[tuple[MovedClient, ...], tuple[Left, ...]]:
    """Every client that is not Keycloak's own. Raises WrongExport."""
    found, left, secrets, ids = list[MovedClient](), list[Left](), dict[str, str](), set[str]()
    for one in clients:
        client_id = one.text("clientId")
        if client_id in ids:
            raise WrongExport(f"{one.place}: the client {client_id[:100]!r} stands there twice")
        ids.add(client_id)
        place = f"client {client_id[:100]}"
        try:
            moved, stays = _client(one, wishes)
        except _Stays as why:
            left.append(Left(place, why.why, why.fix))
            continue
        if moved.secret is not None and (other := secrets.setdefault(moved.secret.reveal(), client_id)) != client_id:
            raise WrongExport(f"{one.place}: it has the same secret as {other}; renew one of them, and export again")
        found.append(moved)
        left += [Left(place, why, fix) for why, fix in stays]
    return tuple(found), tuple(left)


def _client(one: Node, wishes: Wishes) -> tuple[MovedClient, list[tuple[str, str]]]:
    attributes = one.node("attributes")
    redirects, stays = _addresses(one, one.texts("redirectUris"))
    _require_ours(one, redirects)
    public = one.flag("publicClient")
    method = "none" if public else METHODS.get(one.text("clientAuthenticatorType", "client-secret"))
    if method is None:
        raise _Stays("it proves itself in a way that is not known here", "register it with `gerege client add`")
    leaving = attributes.text("post.logout.redirect.uris", "")
    after = redirects if leaving == "+" else ()
    if leaving not in ("", "+", "-"):
        after, more = _addresses(one, tuple(leaving.split("##")))
        stays += more
    proof = attributes.text("pkce.code.challenge.method", "")
    alg = attributes.text("id.token.signed.response.alg", "") or wishes.alg
    if alg not in ALGS:
        stays.append(
            (f"its ID tokens were signed with {alg[:20]}", "they are signed with ES256 now: tell the application")
        )
    secret, more = _secret(one, method)
    loose = wishes.compat and not public and proof != "S256"
    client = Client(
        id=one.text("clientId"),
        name=Text(*[_name(one)] * 2),
        department_id="",
        redirect_uris=redirects,
        auth_method=method,
        profile="compat" if loose else "standard",
        grant_types=_grants(one, attributes, redirects),
        scopes=_scopes(one),
        home_url=_page(one.text("baseUrl", ""), one.text("rootUrl", "")),
        post_logout_redirect_uris=after,
        backchannel_logout_uri=_page(attributes.text("backchannel.logout.url", ""), ""),
        first_party=not one.flag("consentRequired"),
        jwks_uri=attributes.text("jwks.url", "") or None if method == "private_key_jwt" else None,
        tls_client_auth_subject_dn=attributes.text("x509.subjectdn", "") or None
        if method == "tls_client_auth"
        else None,
        id_token_signed_response_alg=alg if alg in ALGS else "ES256",
        disabled=not one.flag("enabled", True),
        labels=frozenset(),
    )
    stays += more + list(_told(one, attributes, proof, loose, public))
    return MovedClient(client, secret), stays


def _require_ours(one: Node, redirects: tuple[str, ...]) -> None:
    """Raises _Stays."""
    if one.text("protocol", "openid-connect") != "openid-connect":
        raise _Stays(f"it speaks {one.text('protocol')[:20]}", "change it to OpenID Connect, and register it here")
    if one.flag("bearerOnly"):
        raise _Stays(
            "it is an API, which has no sign-in", "register it as an API with its permissions (`gerege apply`)"
        )
    if one.flag("standardFlowEnabled", True) and not redirects and not one.flag("serviceAccountsEnabled"):
        raise _Stays("none of its redirect addresses can come", "register it with each address (`gerege client add`)")


def _addresses(one: Node, written: tuple[str, ...]) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    found, stays, root = list[str](), list[tuple[str, str]](), one.text("rootUrl", "").rstrip("/")
    for raw in written:
        uri = f"{root}{raw}" if raw.startswith("/") and root else raw
        if _scheme(uri) in RUNS:
            raise WrongExport(
                f"{one.place}: the address {uri[:60]!r} is one that a browser runs; remove it, export again"
            )
        if problem := problem_of(uri):
            fix = "name each address that it uses, in the console or in a plan (`gerege apply`)"
            stays.append((f"the address {uri[:200]} {problem}", fix))
        elif uri not in found:
            found.append(uri)
    return tuple(found), stays


def _scheme(uri: str) -> str:
    """As a browser finds it: control characters and spaces before it and in it do not count. Spec: WHATWG URL §4.4."""
    bare = "".join(char for char in uri if char > " ").casefold()
    return bare.partition(":")[0] if ":" in bare else ""


def _secret(one: Node, method: str) -> tuple[Secret[str] | None, list[tuple[str, str]]]:
    if method not in ("client_secret_basic", "client_secret_jwt"):
        return None, []
    found = one.text("secret", "")
    new = "a new one is made here: `gerege client new-secret` shows one"
    if found in ("", MASKED):
        return None, [("its secret does not stand in the export (a partial one hides them)", new)]
    if found.startswith("${vault."):
        return None, [("its secret is kept in a vault", new)]
    if len(found) < LEAST_SECRET or len(set(found)) < LEAST_SECRET // 4:
        return None, [(f"its secret has less than {LEAST_SECRET} random characters", new)]
    return Secret(found), []


def _grants(one: Node, attributes: Node, redirects: tuple[str, ...]) -> tuple[str, ...]:
    by_code = one.flag("standardFlowEnabled", True) and bool(redirects)
    by_device = attributes.text("oauth2.device.authorization.grant.enabled", "") == "true"
    by_phone = attributes.text("oidc.ciba.grant.enabled", "") == "true"
    machine = one.flag("serviceAccountsEnabled") and not one.flag("publicClient")
    found = [
        *(["authorization_code"] if by_code else []),
        *([DEVICE] if by_device else []),
        *([CIBA] if by_phone else []),
    ]
    return (*found, *(["refresh_token"] if found else []), *(["client_credentials"] if machine else []))


def _scopes(one: Node) -> tuple[str, ...]:
    asked = {*one.texts("defaultClientScopes"), *one.texts("optionalClientScopes"), "openid"}
    return tuple(scope for scope in SCOPES if scope in asked)


def _told(one: Node, attributes: Node, proof: str, loose: bool, public: bool) -> Iterator[tuple[str, str]]:
    """What else was allowed there and is not here."""
    if one.flag("directAccessGrantsEnabled"):
        yield "it may take passwords itself (direct access grants), which is not offered", "send people to the sign-in"
    if one.flag("implicitFlowEnabled"):
        yield "it may use the implicit flow, which is not offered", "use the code flow with PKCE"
    if proof != "S256" and not loose and one.flag("standardFlowEnabled", True):
        kept = "" if public else ", or import with --compat"
        yield "it did not have to send PKCE (S256) and has to here", f"switch PKCE on in the application{kept}"
    if one.flag("serviceAccountsEnabled"):
        yield "the roles of its service account do not come", "give it roles with permissions (`gerege apply`)"
    if one.flag("authorizationServicesEnabled") or one.values.get("authorizationSettings"):
        yield "authorization services (UMA) are not known here", "write it as policies"
    for scope in sorted({*one.texts("defaultClientScopes"), *one.texts("optionalClientScopes")}):
        if scope not in SCOPES and scope not in IGNORED_SCOPES:
            yield (
                f"the scope {scope[:60]!r} is not known here",
                "register an API with it as a permission (`gerege apply`)",
            )
    for name, value in attributes.values.items():
        if name.endswith(".lifespan") and value not in ("", None):
            yield f"its own {name[:60]} does not come", "how long tokens live follows from the grade of the data"
    if one.values.get("authenticationFlowBindingOverrides"):
        yield "its own sign-in flow does not come", "write what it must ask for as a policy"


def _page(uri: str, root: str) -> str | None:
    whole = f"{root.rstrip('/')}{uri}" if uri.startswith("/") else uri or root
    sound = whole.startswith(("https://", "http://")) and problem_of(whole) is None and urlsplit(whole).hostname
    return whole if sound else None


def _name(one: Node) -> str:
    told = one.text("name", "")
    return told if told.strip() and told.isprintable() and not told.startswith("${") else one.text("clientId")
