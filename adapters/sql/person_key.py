"""A person's sealer from the wrapped key in their row, and how exact values are looked up."""

from sqlalchemy import bindparam, select

from adapters.sealing import Keyring, PersonSealer
from adapters.sql.line import Line
from adapters.sql.quick import Quick
from adapters.sql.tables import person_key
from idp.errors import Conflict

KEY_OF = Quick(select(person_key.c.wrapped).where(person_key.c.subject_id == bindparam("id")))


def exact(value: str) -> str:
    """For a look-up of what must not be folded: ids of directories and keys tell capitals apart."""
    return value.encode().hex()


def seal_of(line: Line, keyring: Keyring, subject_id: str) -> PersonSealer:
    """The person's sealer. Raises Conflict: no such person, or their key was destroyed."""
    row = line.one(KEY_OF, id=subject_id)
    if row is None:
        raise Conflict("no such person")
    return keyring.person(row.wrapped)
