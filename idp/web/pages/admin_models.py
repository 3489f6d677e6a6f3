"""The console's page of authenticator models.

What it is for: the view-model. What it does not do: decide who may see whom; the caller filters.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from idp.web.pages.admin import Notice
from idp.web.pages.parts import Name, Page


@dataclass(frozen=True, slots=True)
class ModelHolder:
    """Somebody who still has one. `replaced`: they have another passkey that is good. `href` where it may be opened."""

    name: Name
    replaced: bool
    href: str | None = None


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model. `replaced` of `holders` have another passkey; both and `people` count for recalled ones."""

    aaguid: str
    name: str
    statuses: tuple[str, ...]
    holders: int
    recalled_at: datetime | None = None
    replaced: int = 0
    people: tuple[ModelHolder, ...] = ()

    @property
    def open(self) -> int:
        """Who must still be helped."""
        return self.holders - self.replaced


@dataclass(frozen=True, slots=True)
class AdminModels(Page):
    """Models and recalls. GET form: `q`. Form: `model`, `reason` with `do=recall` or `do=restore`; none where `action`
    is None. `serial`: number of the metadata that is here; None while there is none."""

    template: ClassVar[str] = "admin_models.html"
    layout: ClassVar[Literal["task", "account", "console"]] = "console"
    here: ClassVar[str] = "models"
    action: str | None
    models: tuple[ModelLine, ...]
    q: str = ""
    serial: int | None = None
    notice: Notice | None = None
