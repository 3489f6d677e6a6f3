"""A person is erased from memory: everything that follows from them goes, and their id stays taken."""

from typing import Any

from adapters.memory.tables import Tables
from idp.errors import Conflict

OF_SUBJECT = ("authenticators", "codes", "sessions", "grants", "sign_ins", "decisions", "notices", "posts")


def erase(tables: Tables, subject_id: str) -> bool:
    """(write) As `idp.ports.People.erase`."""
    if subject_id in tables.administrators:
        raise Conflict("an administrator is not erased: the role is taken first")
    if subject_id not in tables.people:
        return False
    posts = {one.id for one in tables.posts.values() if one.subject_id == subject_id}
    grants = {one.id for one in tables.grants.values() if one.subject_id == subject_id}
    sets = {one.id for one in tables.authenticators.values() if one.subject_id == subject_id}
    _drop(tables.role_grants, lambda one: one.post_id in posts)
    _drop(tables.families, lambda one: one.grant_id in grants)
    _drop(tables.recovery_codes, lambda one: one[0] in sets)
    _drop(tables.delegations, lambda one: subject_id in (one.principal_id, one.delegate_id))
    _drop(tables.changes, lambda one: one.asked_by == subject_id and one.kind == "correction")
    for name in OF_SUBJECT:
        _drop(getattr(tables, name), lambda one: one.subject_id == subject_id)
    for key in [key for key in tables.devices if subject_id in key]:
        del tables.devices[key]
    tables.consents = {given for given in tables.consents if given[0] != subject_id}
    tables.links.pop(subject_id, None)
    del tables.people[subject_id]
    tables.erased.add(subject_id)
    return True


def _drop(table: dict[Any, Any], gone: Any) -> None:
    for key in [key for key, one in table.items() if gone(one)]:
        del table[key]
