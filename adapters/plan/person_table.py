"""`[people."name"]` of a plan: an account of a department that keeps its people here. Spec: OIDC Core §5.1 (claims)."""

from datetime import date

from adapters.connectors.toml_table import Table
from adapters.plan.references import References
from idp.flows.admin.accounts import NewPerson
from idp.flows.admin.plan import PlannedPerson
from idp.model import Text

CLAIMS: dict[str, type] = {
    "given_name": str,
    "family_name": str,
    "middle_name": str,
    "nickname": str,
    "preferred_username": str,
    "profile": str,
    "picture": str,
    "website": str,
    "gender": str,
    "birthdate": str,
    "zoneinfo": str,
    "updated_at": int,
    "email_verified": bool,
    "phone_number": str,
    "phone_number_verified": bool,
    "address": dict,
}
"""Those that are not told by the account itself, with the type that the standard gives them."""
ADDRESS = ("formatted", "street_address", "locality", "region", "postal_code", "country")


def read_person(identifier: str, table: Table, references: References) -> PlannedPerson:
    """One person's table; what is wrong is noted with its reader."""
    name = table.text("name")
    new = NewPerson(
        department_id=table.text("department"),
        identifiers=(identifier, *table.texts("also", ())),
        name=Text(name, table.text("name_zh", name)),
        mail=table.text("mail", "") or None,
        title=table.text("title", "") or None,
        clearance=table.number("clearance", 1, 1, 4),
        claims=_claims(table.table("claims")),
    )
    found = PlannedPerson(new, table.texts("roles", ()), references.secret(table, "password"))
    table.close()
    return found


def _claims(table: Table) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, kind in CLAIMS.items():
        value = table.anything(name)
        if value is None:
            continue
        if name == "birthdate" and isinstance(value, date):
            value = value.isoformat()
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            table.refuse(name, f"has the wrong type ({type(value).__name__})", f"it is a {kind.__name__}")
        elif isinstance(value, dict) and not all(key in ADDRESS and isinstance(one, str) for key, one in value.items()):
            table.refuse(name, "has a member that is not known", f"there are {', '.join(ADDRESS)}")
        else:
            found[name] = value
    table.close()
    return found
