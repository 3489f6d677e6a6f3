"""Events of the log as plain sentences: message ids with names, looked up for this reader at this moment.

The log itself holds ids only, so that deleting a person's key makes them nobody's. Whoever is outside the reader's
branch stays "somebody".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.flows import built_in
from idp.flows.admin.scope import Admin
from idp.flows.context import Idp
from idp.model import Text
from idp.ports import AuditRow, ReasonState

Said = tuple[str, Mapping[str, object]]
KNOWN_BY = ("operator", "directory", "system")
_VARIANTS = {
    ("sign-in.succeeded", "stepped_up", True): "event.sign-in.raised",
    ("person.disabled", "disabled", False): "event.person.enabled",
    ("role.changed", "given", True): "event.role.given",
    ("role.changed", "given", False): "event.role.taken",
}
_BECAUSE = ("person.disabled", "role.changed")
"""What is done for a reason, be it typed or in our own words."""
_UNREADABLE = {
    ReasonState.DELETED: "event.reason-deleted",
    ReasonState.REMOVED: "event.reason-tampered",
    ReasonState.CHANGED: "event.reason-tampered",
}


@dataclass(slots=True)
class Teller:
    """Tells rows of one page; names are looked up once each."""

    idp: Idp
    admin: Admin
    known: frozenset[str]
    """Message ids that have a text."""
    _names: dict[str, object] = field(default_factory=dict)

    def tell(self, row: AuditRow) -> Said:
        """The sentence of a row, with the reason that was written. An event without one is told by its name."""
        body = json.loads(row.body)
        said = self._event(row, body)
        if row.reason is not None:
            return "event.because", {"told": said, "why": row.reason}
        if row.reason_state in _UNREADABLE:
            return _UNREADABLE[row.reason_state], {"told": said}
        if row.name in _BECAUSE and body.get("why"):
            return "event.because", {"told": said, "why": body["why"]}
        return said

    def _event(self, row: AuditRow, body: dict[str, Any]) -> Said:
        message = next(
            (found for (name, key, value), found in _VARIANTS.items() if row.name == name and body.get(key) is value),
            f"event.{row.name}",
        )
        if message not in self.known:
            return "event.other", {"name": row.name}
        facts: dict[str, object] = {key: _plain(value) for key, value in body.items()}
        facts |= {
            "granted": facts.get("granted", "–"),
            "dropped": facts.get("dropped", "–"),
            "why": body.get("why", ""),
        }
        facts |= {"person": self.person(body.get("subject_id")), "app": self.application(body.get("client_id"))}
        if "by" in body and not isinstance(body["by"], list):
            facts["by"] = self.person(body["by"])
        if "department_id" in body:
            facts["department"] = self.department(str(body["department_id"]))
        return message, facts

    def person(self, subject_id: str | None) -> object:
        """A name, or in words who else it was."""
        if subject_id is None:
            return "event.somebody", {}
        if subject_id in KNOWN_BY:
            return f"event.{subject_id}", {}
        if subject_id not in self._names:
            subject = self.idp.ports.truth.people.get(subject_id)
            seen = subject is not None and self.admin.sees(subject.department_id)
            self._names[subject_id] = subject.display_name if subject is not None and seen else ("event.somebody", {})
        return self._names[subject_id]

    def application(self, client_id: str | None) -> object:
        if client_id == built_in.ACCOUNT.id:
            return built_in.ACCOUNT.name
        found = self.idp.ports.truth.configuration().clients.get(client_id or "")
        return found.name if found else client_id or "–"

    def department(self, department_id: str) -> Text | str:
        found = self.idp.department(department_id)
        return found.name if found else department_id


def _plain(value: object) -> object:
    return ", ".join(str(one) for one in value) or "–" if isinstance(value, list) else value
