"""What administrators, directories and the installation itself change."""

from dataclasses import dataclass
from typing import ClassVar

from idp.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAdded(Event):
    name: ClassVar[str] = "person.added"
    department_id: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged(Event):
    """What is kept of a person without a directory was changed. `fields` names what, never what it was or is."""

    name: ClassVar[str] = "person.changed"
    by: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """Their key was destroyed at their own wish, and everything that is kept about them but for this log."""

    name: ClassVar[str] = "person.erased"
    by: str
    change_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExported(Event):
    """A person was given everything that is kept about them. `form`: json, page."""

    name: ClassVar[str] = "person.exported"
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAsked(Event):
    """A person asked for access that they do not have; `client_id` is where, their words are the reason."""

    name: ClassVar[str] = "access.asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDisabled(Event):
    """`by`: directory (which says `why`), or the administrator's subject id. `disabled` False is enabling again."""

    name: ClassVar[str] = "person.disabled"
    by: str
    disabled: bool
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanged(Event):
    """A role was given or taken: by the directory, which says `why`, or by an administrator with a reason."""

    name: ClassVar[str] = "role.changed"
    role: str
    given: bool
    by: str
    why: str | None = None
    until: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAsked(Event):
    name: ClassVar[str] = "change.asked"
    change_id: str
    kind: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDecided(Event):
    name: ClassVar[str] = "change.decided"
    change_id: str
    by: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChanged(Event):
    name: ClassVar[str] = "client.changed"
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTested(Event):
    """An administrator went through a sign-in to an application, to see what it is given. `outcome`: given, refused."""

    name: ClassVar[str] = "client.tested"
    by: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialTokenMade(Event):
    """Programs may register themselves in a department, so often and until then."""

    name: ClassVar[str] = "client.initial-token"
    department_id: str
    by: str
    uses: int
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryChanged(Event):
    """An API, an agreement or a trusted issuer. `what`: added, changed, removed."""

    name: ClassVar[str] = "registry.changed"
    kind: str
    about: str
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentChanged(Event):
    name: ClassVar[str] = "department.changed"
    department_id: str
    by: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MassChangeDecided(Event):
    """Somebody looked at those whom a round of reading a directory would have cost something. `people`: how many."""

    name: ClassVar[str] = "sync.decided"
    department_id: str
    run_id: str
    by: str
    released: bool
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChanged(Event):
    """A signing key was made, retires when the next one signs, or was revoked. `what`: made, retires, revoked."""

    name: ClassVar[str] = "key.changed"
    kid: str
    alg: str
    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTokensImported(Event):
    """A maker's file of tokens was read: so many came into the cupboard."""

    name: ClassVar[str] = "tokens.imported"
    count: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareTokenChanged(Event):
    """A token was given to a person, came back, or was lost. `what`: assigned, returned, lost."""

    name: ClassVar[str] = "token.changed"
    serial: str
    what: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Event):
    name: ClassVar[str] = "alert.raised"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertClosed(Event):
    """Somebody looked after it."""

    name: ClassVar[str] = "alert.closed"
    alert_id: str
    kind: str
    by: str
