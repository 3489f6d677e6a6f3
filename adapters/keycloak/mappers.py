"""Protocol mappers: which claims of a person follow from which of their attributes.

A mapper that puts an attribute into a claim that a standard knows is understood, wherever it stands: that claim becomes
part of the person here. What names and mail say comes of the account itself. Every other mapper is told of.
Spec: OIDC Core §5.1.
"""

from collections.abc import Iterator, Mapping

from adapters.keycloak.document import Node
from adapters.plan.person_table import CLAIMS
from idp.flows.migration.moved import Left

OF_AN_ATTRIBUTE = ("oidc-usermodel-attribute-mapper", "oidc-usermodel-property-mapper")
TOLD_ANYWAY = frozenset({"name", "email", "preferred_username", "sub", "locale", "updated_at", "picture_url"})
"""Claims that an account here has of its own."""
UNDERSTOOD = frozenset(
    {
        "oidc-full-name-mapper",
        "oidc-acr-mapper",
        "oidc-sub-mapper",
        "oidc-allowed-origins-mapper",
        "oidc-amr-mapper",
        "oidc-address-mapper",
    }
)
FIX = {
    "oidc-audience-mapper": "register the API with its permissions (`gerege apply`), and give it to the application",
    "oidc-audience-resolve-mapper": "nothing: a token here is always for one API",
    "oidc-usermodel-realm-role-mapper": "ask for permissions of an API: its roles decide what a token may carry",
    "oidc-usermodel-client-role-mapper": "ask for permissions of an API: its roles decide what a token may carry",
    "oidc-group-membership-mapper": "map the group to a role in the department's file",
    "oidc-sha256-pairwise-sub-mapper": 'set subject_type = "pairwise": every person has a new `sub` there',
    "oidc-usersessionmodel-note-mapper": "nothing",
}
OTHERWISE = "change the application so that it does without this claim"
PROPERTIES = {"firstName": "given_name", "lastName": "family_name", "username": "preferred_username"}


def read(realm: Node, clients: list[Node]) -> tuple[dict[str, str], tuple[Left, ...]]:
    """Attribute → claim for the whole realm, and the mappers that are not known."""
    claims, left = dict[str, str](), dict[tuple[str, str], Left]()
    for name, mapper in _all(realm, clients):
        kind, config = mapper.text("protocolMapper"), mapper.node("config")
        claim, attribute = config.text("claim.name", ""), config.text("user.attribute", "")
        told = mapper.text("name", "")
        if kind in OF_AN_ATTRIBUTE and attribute and claim in CLAIMS | PROPERTIES:
            claims.setdefault(attribute, claim)
        elif kind in UNDERSTOOD or (
            kind in OF_AN_ATTRIBUTE and claim in TOLD_ANYWAY | CLAIMS.keys() | {"email_verified"}
        ):
            continue
        else:
            why = f"the mapper {told!r} ({kind}{f', claim {claim}' if claim else ''}) is not known here"
            left.setdefault((name, told), Left(name, why, FIX.get(kind, OTHERWISE)))
    return claims, tuple(left.values())


def claims_of(user: Node, attributes: Mapping[str, str]) -> dict[str, object]:
    """What is known of one person, by the standard's names and of the standard's types."""
    found: dict[str, object] = {}
    kept = user.node("attributes")
    for attribute, claim in attributes.items():
        values = kept.texts(attribute) if attribute in kept.values else ()
        value = values[0] if values else ""
        if not value or claim in TOLD_ANYWAY:
            continue
        kind = CLAIMS[claim]
        if kind is bool:
            found[claim] = value.casefold() == "true"
        elif kind is str and value.isprintable():
            found[claim] = value
    for key, claim in PROPERTIES.items():
        if claim in CLAIMS and claim != "preferred_username" and user.text(key, ""):
            found[claim] = user.text(key)
    return found


def _all(realm: Node, clients: list[Node]) -> Iterator[tuple[str, Node]]:
    used = {
        scope for one in clients for scope in (*one.texts("defaultClientScopes"), *one.texts("optionalClientScopes"))
    }
    for scope in realm.nodes("clientScopes"):
        name = scope.text("name")
        if name in used and scope.text("protocol", "openid-connect") == "openid-connect" and name not in BUILT_IN:
            yield from ((f"client scope {name}", one) for one in scope.nodes("protocolMappers"))
        elif name in BUILT_IN:
            # What comes with every realm is known as a whole; of it only the attributes count.
            own = (one for one in scope.nodes("protocolMappers") if one.text("protocolMapper") in OF_AN_ATTRIBUTE)
            yield from (
                (f"client scope {name}", one) for one in own if one.node("config").text("claim.name", "") in CLAIMS
            )
    for client in clients:
        yield from ((f"client {client.text('clientId')}", one) for one in client.nodes("protocolMappers"))


BUILT_IN = frozenset(
    {
        "profile",
        "email",
        "phone",
        "address",
        "roles",
        "web-origins",
        "acr",
        "basic",
        "microprofile-jwt",
        "offline_access",
        "organization",
        "service_account",
    }
)
