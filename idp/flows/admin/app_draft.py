"""A new application from an administrator's few words: its kind says the rest, and every default is the safe one.

Standard profile, PKCE, addresses to the letter, `openid profile`, consent asked of people; a machine gets its one API.
Spec: RFC 7591 §2, RFC 8252 §7 and §8.4 (native applications are public), RFC 9700 §2.1. What a registration must be at
all is asked by `idp.flows.admin.clients`; here each problem is tied to its field, as a message id.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from idp.errors import Invalid
from idp.flows.admin import clients
from idp.flows.admin.scope import Admin
from idp.flows.built_in import ACCOUNT, CONSOLE_AUDIENCE, CONSOLE_ID
from idp.flows.context import Idp
from idp.model import AuthenticatorKind, Client, Configuration, Permission, Resource, Text
from idp.oidc.client_metadata import CODE, MACHINE, REFRESH
from idp.oidc.redirects import problem_of
from policies.question import EVERYONE

Kind = Literal["web", "browser", "native", "machine"]
KINDS: tuple[Kind, ...] = ("web", "browser", "native", "machine")
PUBLIC: tuple[Kind, ...] = ("browser", "native")
PASSKEYS: tuple[AuthenticatorKind, ...] = get_args(AuthenticatorKind)
RESERVED = frozenset({"new", ACCOUNT.id, CONSOLE_ID})
"""Names that mean something else here."""
LONGEST_NAME = 100
LONGEST_ADDRESS = 2000
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
_AUDIENCE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+")


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed. `address` is where answers are sent; `audience` is a machine's API. No `client_id`: by the name.

    grade: of the data that it shows, 1 to 4. authenticators: which passkeys open it; a machine has none.
    """

    kind: str
    name: str
    name_zh: str
    address: str
    audience: str
    department_id: str
    client_id: str = ""
    first_party: bool = False
    grade: int = 1
    authenticators: str = "any"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field: a message id with its facts."""

    where: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)


def kind_of(client: Client) -> Kind:
    """Which kind an application is, from its registration."""
    if CODE not in client.grant_types and MACHINE in client.grant_types:
        return "machine"
    if not client.is_public:
        return "web"
    return "browser" if all(uri.startswith("https:") for uri in client.redirect_uris) else "native"


def problems_of(idp: Idp, admin: Admin, draft: Draft) -> tuple[Problem, ...]:
    """Everything that is wrong, field by field. Raises NotAllowed."""
    admin.require("admin.apps.write")
    return tuple(_problems(idp.ports.truth.configuration(), admin, draft))


def register(idp: Idp, admin: Admin, draft: Draft, reason: str) -> tuple[Client, str | None]:
    """The application that came of it and its secret, once; None for a public one.

    Raises: Invalid, Conflict, NotFound, NotAllowed: as `clients.put`.
    """
    if problems_of(idp, admin, draft):
        raise Invalid("the draft is not complete")
    configuration = idp.ports.truth.configuration()
    client_id = draft.client_id or id_of(draft.name, configuration)
    api, is_new = _api(configuration, draft, client_id)
    client = _client(draft, client_id, api)
    secret = clients.put(idp, admin, client, (api,) if api and is_new else (), reason)
    return idp.ports.truth.configuration().clients[client_id], secret


def id_of(name: str, configuration: Configuration) -> str:
    """`Pay & Leave` → `pay-leave`, and a number behind it when that is taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-")
    plain = plain if len(plain) > 1 else f"app-{plain}".rstrip("-")
    tries = (plain if number == 1 else f"{plain}-{number}" for number in range(1, 10_000))
    return next(one for one in tries if one not in configuration.clients and one not in RESERVED)


def _problems(configuration: Configuration, admin: Admin, draft: Draft) -> Iterator[Problem]:
    if draft.kind not in KINDS:
        yield Problem("kind", "app.kind-missing")
    for one, text in (("name", draft.name), ("name_zh", draft.name_zh)):
        if not text:
            yield Problem(one, f"app.{one.replace('_', '-')}-missing")
        elif len(text) > LONGEST_NAME or not text.isprintable():
            yield Problem(one, "app.name-unfit", {"most": LONGEST_NAME})
    if draft.department_id not in configuration.departments or not admin.sees(draft.department_id):
        yield Problem("department", "app.department-missing")
    if draft.client_id:
        yield from _wrong_id(configuration, draft.client_id)
    if not 1 <= draft.grade <= 4:
        yield Problem("grade", "app.grade-unfit")
    if draft.authenticators not in PASSKEYS:
        yield Problem("authenticators", "app.authenticators-unfit")
    if draft.kind == "machine":
        yield from _wrong_audience(configuration, admin, draft.audience)
    elif draft.kind in KINDS:
        yield from _wrong_address(draft)


def _wrong_id(configuration: Configuration, client_id: str) -> Iterator[Problem]:
    if not _ID.fullmatch(client_id):
        yield Problem("id", "app.id-unfit")
    elif client_id in configuration.clients or client_id in RESERVED:
        yield Problem("id", "app.id-taken", {"id": client_id})


def _wrong_address(draft: Draft) -> Iterator[Problem]:
    """A private scheme is for devices alone: any program there can take one. Spec: RFC 8252 §7.1, §8.4."""
    if not draft.address:
        yield Problem("address", "app.address-missing")
    elif len(draft.address) > LONGEST_ADDRESS:
        yield Problem("address", "app.uri.too-long")
    elif problem := problem_of(draft.address):
        yield Problem("address", MALFORMED.get(problem, "app.uri.no-address"))
    elif draft.kind != "native" and not draft.address.startswith(("https://", "http://")):
        yield Problem("address", "app.uri.web-only")


def _wrong_audience(configuration: Configuration, admin: Admin, audience: str) -> Iterator[Problem]:
    """An API of another branch is not told from one that cannot be named."""
    if not audience:
        yield Problem("audience", "app.audience-missing")
    elif not _AUDIENCE.fullmatch(audience) or len(audience) > LONGEST_ADDRESS:
        yield Problem("audience", "app.audience-unfit")
    elif audience == CONSOLE_AUDIENCE or _belongs_elsewhere(configuration, admin, audience):
        yield Problem("audience", "app.audience-elsewhere")


def _belongs_elsewhere(configuration: Configuration, admin: Admin, audience: str) -> bool:
    """A machine is let at an API by those who run it: all applications that use it are in this branch."""
    users = (one for one in configuration.clients.values() if audience in one.audiences)
    known = audience in configuration.resources
    return known and admin.branch is not None and not all(admin.sees(one.department_id) for one in users)


def _api(configuration: Configuration, draft: Draft, client_id: str) -> tuple[Resource | None, bool]:
    """The machine's API, and whether it is new: then with one permission, so that there is something to ask for."""
    if draft.kind != "machine":
        return None, False
    if known := configuration.resources.get(draft.audience):
        return known, False
    name = Text(draft.name, draft.name_zh)
    permission = Permission(f"{client_id}.use", draft.grade, frozenset({EVERYONE}), name)
    return Resource(draft.audience, name, (permission,)), True


def _client(draft: Draft, client_id: str, api: Resource | None) -> Client:
    permissions = tuple(one.name for one in api.permissions) if api else ()
    return Client(
        id=client_id,
        name=Text(draft.name, draft.name_zh),
        department_id=draft.department_id,
        redirect_uris=() if api else (draft.address,),
        auth_method="none" if draft.kind in PUBLIC else "client_secret_basic",
        grant_types=(MACHINE,) if api else (CODE, REFRESH),
        scopes=permissions if api else ("openid", "profile"),
        audiences=(api.audience,) if api else (),
        first_party=draft.first_party and api is None,
        grade=draft.grade,
        authenticators="any" if api else PASSKEYS[PASSKEYS.index(draft.authenticators)],
    )


MALFORMED: dict[str, str] = {
    "has characters that an address cannot have": "app.uri.characters",
    "is not an address": "app.uri.no-address",
    "has no scheme": "app.uri.no-scheme",
    "has a fragment": "app.uri.fragment",
    "has a name before the host": "app.uri.name",
    "has a wildcard": "app.uri.wildcard",
    "has no host": "app.uri.no-host",
    "is http: use https": "app.uri.http",
    "has a private scheme that is not in reverse-domain form": "app.uri.private-scheme",
}
"""What `idp.oidc.redirects.problem_of` says → the message that says it in the reader's language."""
