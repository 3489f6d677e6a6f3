"""What a registration must be so that the protocol can be kept with it: every problem, with its field and its mending.

The same for an administrator's form, a plan and a program that registers itself. One function for each part of the
registration; what a profile demands is read from its row in `idp.oidc.profiles`, never asked by name.
Spec: RFC 7591 §2, OIDC Registration §2, RFC 8705 §2.1.2, RFC 9101 §10.5, RFC 9126 §6, RFC 9396 §10, JARM §3, CIBA §4.
Deliberately not here: departments, permissions and whoever else must be known (`idp.flows.admin.clients`), and whether
a sector's file says what it must, which takes a call.
"""

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from idp.model import ACR_ORDER, Client
from idp.oidc.jose import JoseError, jwe, jwk
from idp.oidc.profiles import rules_of
from idp.oidc.redirects import problem_of
from idp.oidc.signing import ALGS

CODE, REFRESH, MACHINE = "authorization_code", "refresh_token", "client_credentials"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CIBA = "urn:openid:params:grant-type:ciba"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
BY_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PROVED = frozenset({MACHINE, CIBA, EXCHANGE, BY_ASSERTION})
"""Grant types of those who can prove who they are: nothing else stands between a stranger and a token."""
RENEWABLE = frozenset({CODE, DEVICE, CIBA})

CERTIFICATE_NAMES = (
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)
ENVELOPES = ("id_token", "userinfo", "authorization")
MOST_URIS = 50
LONGEST_URI = 2000


def problems_of(client: Client) -> Iterator[str]:
    """`field: what is wrong; how to mend it`, for everything that is wrong."""
    for check in CHECKS:
        yield from check(client)


def _addresses(client: Client) -> Iterator[str]:
    if CODE in client.grant_types and not client.redirect_uris:
        yield "redirect_uris: at least one is needed: where answers are sent"
    for uri in client.redirect_uris:
        if problem := _too_long(uri) or problem_of(uri):
            yield f"redirect_uris: {uri[:200]} {problem}"
    for name in ("redirect_uris", "post_logout_redirect_uris", "request_uris"):
        if len(getattr(client, name)) > MOST_URIS:
            yield f"{name}: at most {MOST_URIS}"
    pages = {
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        **{
            name: (getattr(client, name),)
            for name in ("backchannel_logout_uri", "frontchannel_logout_uri", "home_url", "policy_uri", "tos_uri")
        },
    }
    for name, uris in pages.items():
        for uri in uris:
            if uri and (problem := _page_problem(uri)):
                yield f"{name}: {uri[:200]} {problem}"


def _fetched(client: Client) -> Iterator[str]:
    """What we would ask for. Plain http is for this machine alone, and the outgoing filter has the last word."""
    for uri in (client.jwks_uri, client.sector_identifier_uri):
        if uri and (problem := _page_problem(uri)):
            yield f"{'jwks_uri' if uri == client.jwks_uri else 'sector_identifier_uri'}: {uri[:200]} {problem}"
    for uri in client.request_uris:
        bare = uri.partition("#")[0]  # its fragment is the hash of what stands there (OIDC Registration §2)
        if problem := _page_problem(bare):
            yield f"request_uris: {uri[:200]} {problem}"


def _page_problem(uri: str) -> str | None:
    problem = _too_long(uri) or problem_of(uri)
    return problem or (None if uri.startswith(("https://", "http://")) else "is not a web address")


def _too_long(uri: str) -> str | None:
    return f"is longer than {LONGEST_URI} characters" if len(uri) > LONGEST_URI else None


def _proofs(client: Client) -> Iterator[str]:
    method, rules = client.auth_method, rules_of(client)
    if method != "none" and method not in rules.auth_methods:
        yield (
            f"token_endpoint_auth_method: {method} is not for profile {client.profile}; "
            f"take one of {', '.join(sorted(rules.auth_methods))}"
        )
    if method == "none" and "none" not in rules.auth_methods:
        yield (
            f"token_endpoint_auth_method: a public client cannot have profile {client.profile}; "
            f"take one of {', '.join(sorted(rules.auth_methods))}"
        )
    named = [name for name in CERTIFICATE_NAMES if getattr(client, name)]
    if method == "tls_client_auth" and len(named) != 1:
        yield f"token_endpoint_auth_method: tls_client_auth needs exactly one of {', '.join(CERTIFICATE_NAMES)}"
    if method != "tls_client_auth":
        for name in named:
            yield f"{name}: is for tls_client_auth only; remove it, or change token_endpoint_auth_method"
    if client.tls_client_auth_san_ip and not _is_address(client.tls_client_auth_san_ip):
        yield "tls_client_auth_san_ip: is not an IP address"
    alg = client.token_endpoint_auth_signing_alg
    if alg is not None:
        fitting = {"private_key_jwt": rules.algs - {"HS256"}, "client_secret_jwt": rules.algs & {"HS256"}}.get(method)
        if fitting is None:
            yield "token_endpoint_auth_signing_alg: is for private_key_jwt and client_secret_jwt only; remove it"
        elif alg not in fitting:
            yield f"token_endpoint_auth_signing_alg: {alg} is not taken; there are {', '.join(sorted(fitting))}"
    if client.lenient_assertion_audience and (method not in ("private_key_jwt", "client_secret_jwt") or rules.bound):
        yield "lenient_assertion_audience: is for old clients that send assertions, never for fapi2; remove it"


def _keys(client: Client) -> Iterator[str]:
    if client.jwks and client.jwks_uri:
        yield "jwks: stands beside jwks_uri; keep one of the two"
    for number, key in enumerate(client.jwks, 1):
        try:
            jwk.read(key)
        except JoseError as error:
            yield f"jwks: key {number} cannot be used: {error}; give public EC, RSA (2048 bits) or Ed25519 keys"
    if client.jwks or client.jwks_uri:
        return
    for field, needed in (
        ("token_endpoint_auth_method", client.auth_method in ("private_key_jwt", "self_signed_tls_client_auth")),
        ("require_signed_request_object", client.require_signed_request_object),
        ("request_object_signing_alg", client.request_object_signing_alg is not None),
        (
            "backchannel_authentication_request_signing_alg",
            client.backchannel_authentication_request_signing_alg is not None,
        ),
        *(
            (f"{name}_encrypted_response_alg", getattr(client, f"{name}_encrypted_response_alg") is not None)
            for name in ENVELOPES
        ),
    ):
        if needed:
            yield f"{field}: needs the client's keys; give jwks or jwks_uri"


def _grants(client: Client) -> Iterator[str]:
    for name in client.grant_types:
        if client.is_public and name in PROVED:
            yield f"grant_types: an application without a secret or key cannot use {name}"
    if REFRESH in client.grant_types and not RENEWABLE & set(client.grant_types):
        yield f"grant_types: {REFRESH} needs a grant of a person beside it, such as {CODE}"
    if not client.grant_types:
        yield f"grant_types: at least one is needed, such as {CODE}"
    if client.roles and MACHINE not in client.grant_types:
        yield f"roles: are for {MACHINE} only; people bring their own"


def _signatures(client: Client) -> Iterator[str]:
    """What is signed for it, and what it signs for us."""
    algs = rules_of(client).algs
    ours = [alg for alg in ALGS if alg in algs]
    for name in ("id_token_signed_response_alg", "userinfo_signed_response_alg", "authorization_signed_response_alg"):
        alg = getattr(client, name)
        if alg is not None and alg not in ours:
            yield f"{name}: {alg} is not offered to profile {client.profile}; there are {', '.join(ours)}"
    theirs = algs - {"HS256"}
    for name in ("request_object_signing_alg", "backchannel_authentication_request_signing_alg"):
        alg = getattr(client, name)
        if alg is not None and alg not in theirs:
            yield f"{name}: {alg} is not taken of profile {client.profile}; there are {', '.join(sorted(theirs))}"


def _envelopes(client: Client) -> Iterator[str]:
    for name in ENVELOPES:
        alg = getattr(client, f"{name}_encrypted_response_alg")
        enc = getattr(client, f"{name}_encrypted_response_enc")
        if enc is not None and alg is None:
            yield f"{name}_encrypted_response_enc: needs {name}_encrypted_response_alg beside it"
        if alg is not None and enc is None:
            yield f"{name}_encrypted_response_alg: needs {name}_encrypted_response_enc beside it"
        if alg is not None and alg not in jwe.ALGS:
            yield f"{name}_encrypted_response_alg: {alg} is not offered; there are {', '.join(jwe.ALGS)}"
        elif alg is not None and client.jwks and not _has_key_for(client, alg):
            yield f"{name}_encrypted_response_alg: no key of jwks is for {alg}; add one of kind {jwe.ALGS[alg]}"
        if enc is not None and enc not in jwe.ENCS:
            yield f"{name}_encrypted_response_enc: {enc} is not offered; there are {', '.join(jwe.ENCS)}"


def _has_key_for(client: Client, alg: str) -> bool:
    return any(jwe.fits(key, alg) for key in jwk.read_set({"keys": client.jwks}))


def _names_of_people(client: Client) -> Iterator[str]:
    if client.subject_type == "public" or client.sector_identifier_uri:
        return
    hosts = {urlsplit(uri).hostname for uri in client.redirect_uris if not problem_of(uri)}
    if len(hosts) > 1:
        yield (
            "subject_type: pairwise with redirect_uris of several hosts needs sector_identifier_uri: "
            "an https address of a JSON list of them all"
        )


def _questions(client: Client) -> Iterator[str]:
    if client.default_max_age is not None and client.default_max_age < 0:
        yield "default_max_age: is a number of seconds, 0 and more"
    for acr in client.default_acr_values:
        if acr not in ACR_ORDER:
            yield f"default_acr_values: {acr} is not known; there are {', '.join(ACR_ORDER)}"
    for contact in client.contacts:
        if "@" not in contact or not contact.isprintable() or len(contact) > 256:
            yield f"contacts: {contact[:80]!r} is not a mail address"
    if client.first_party and client.registered_by == "registration":
        yield "first_party: a program that registers itself is never our own"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


CHECKS: tuple[Callable[[Client], Iterator[str]], ...] = (
    _addresses,
    _fetched,
    _proofs,
    _keys,
    _grants,
    _signatures,
    _envelopes,
    _names_of_people,
    _questions,
)
