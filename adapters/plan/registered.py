"""`[resources."urn:…"]`, `[agreements.…]`, `[issuers."https://…"]` of a plan.

Spec: RFC 8707 §2, RFC 9396 §2, RFC 9728 §1.2, RFC 8693 §1.1, RFC 7523 §3.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args

from adapters.connectors.toml_table import Table
from adapters.plan.references import References
from idp.model import DetailField, DetailType, Permission, Resource, SharingAgreement, Text, TrustedIssuer
from policies.question import EVERYONE

FieldKind = Literal["text", "number", "boolean", "texts", "object"]
ALGS = tuple(sorted(TrustedIssuer("", "").algs))


def read_resource(audience: str, table: Table) -> Resource:
    """An API with its permissions and types of details."""
    name = table.text("name", audience)
    permissions = tuple(_permission(one) for one in table.tables("permissions"))
    types = tuple(_type(one) for one in table.tables("detail_types"))
    url = table.text("url", "") or None
    found = Resource(audience, Text(name, table.text("name_zh", name)), permissions, types, url)
    table.close()
    return found


def read_agreement(agreement_id: str, table: Table) -> SharingAgreement:
    """Who may exchange whose tokens for what."""
    found = SharingAgreement(
        id=agreement_id,
        client_id=table.text("client"),
        from_audience=table.text("from"),
        to_audience=table.text("to"),
        scopes=frozenset(table.texts("scopes")),
        reason=table.text("reason"),
        until=_end(table),
    )
    table.close()
    return found


def read_issuer(issuer: str, table: Table, references: References) -> TrustedIssuer:
    """Whose assertions are believed, about whom, for which clients."""
    subjects = table.table("subjects")
    found = TrustedIssuer(
        issuer=issuer,
        department_id=table.text("department"),
        jwks=references.keys(table),
        jwks_uri=table.text("jwks_uri", "") or None,
        algs=frozenset(table.texts("algs", ALGS)),
        clients=frozenset(table.texts("clients", ())),
        subjects={one: subjects.text(one) for one in subjects.keys()},  # noqa: SIM118 - not a dict
        scopes=frozenset(table.texts("scopes", ())),
    )
    table.close()
    return found


def _permission(table: Table) -> Permission:
    scope = table.text("scope")
    name = table.text("name", scope)
    roles = frozenset(table.texts("roles", (EVERYONE,)))
    found = Permission(scope, table.number("grade", 1, 1, 4), roles, Text(name, table.text("name_zh", name)))
    table.close()
    return found


def _type(table: Table) -> DetailType:
    kind, permission = table.text("type"), table.text("permission")
    name = table.text("name", kind)
    fields = tuple(_field(one) for one in table.tables("fields"))
    found = DetailType(kind, permission, Text(name, table.text("name_zh", name)), fields)
    table.close()
    return found


def _field(table: Table) -> DetailField:
    member = table.text("field")
    name = table.text("name", member)
    kinds: tuple[FieldKind, ...] = get_args(FieldKind)
    found = DetailField(
        member,
        table.choice("kind", kinds[0], kinds),
        Text(name, table.text("name_zh", name)),
        table.flag("required", False),
        table.texts("choices", ()),
    )
    table.close()
    return found


def _end(table: Table) -> datetime | None:
    """A day, which counts to its end in UTC, or a moment with its offset."""
    found = table.anything("until")
    if isinstance(found, datetime):
        if found.tzinfo is None:
            table.refuse("until", "has no offset", "write it as 2027-12-31T23:59:59Z, or as the day alone")
            return None
        return found.astimezone(UTC)
    if isinstance(found, date):
        return datetime.combine(found + timedelta(days=1), time(), UTC)
    if found is not None:
        table.refuse("until", "is not a date", "write it as 2027-12-31, without quotes")
    return None
