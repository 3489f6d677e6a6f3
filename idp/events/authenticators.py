"""What becomes of authenticators and of their models, apart from being bound and removed."""

from dataclasses import dataclass
from typing import ClassVar

from idp.events.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRenamed(Event):
    """Its owner gave it another name, which is theirs and stands nowhere here."""

    name: ClassVar[str] = "factor.renamed"
    factor: str
    authenticator_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsImported(Event):
    """FIDO metadata was taken in. `serial` is its number; the counts are of models."""

    name: ClassVar[str] = "models.imported"
    by: str
    serial: int
    changed: int
    recalled: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecalled(Event):
    """A model is not trusted any more: by a status of its metadata (`why`), or by an administrator with a reason."""

    name: ClassVar[str] = "model.recalled"
    by: str
    aaguid: str
    model: str
    why: str
    holders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRestored(Event):
    """A recalled model is trusted again, by an administrator with a reason."""

    name: ClassVar[str] = "model.restored"
    by: str
    aaguid: str
    model: str
