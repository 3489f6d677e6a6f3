"""The running demonstration as a story sees it: its addresses, its command line, its directories, its log of events."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from config.load import load
from demo import control, furnish, journey
from demo.command_line import gerege
from demo.directories import edit
from demo.directories.prepared import Prepared, as_prepared
from demo.doors import Doors
from demo.story_told import Told
from idp.app import build
from idp.flows.context import Idp

EVENTS = 200


@dataclass
class House:
    """One running demonstration. `told` is where the story of it goes."""

    state_dir: Path
    doors: Doors
    told: Told
    _began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _tokens_told: set[tuple[Any, ...]] = field(default_factory=set)

    @classmethod
    def at(cls, state_dir: Path, told: Told) -> "House":
        """The one of this state directory."""
        return cls(state_dir, Doors(**json.loads((state_dir / "ports.json").read_text())), told)

    def gerege(self, *words: str) -> Any:
        """What an administrator types, and its answer. Raises Refused."""
        return gerege(self.state_dir, *words)

    @cached_property
    def idp(self) -> Idp:
        """The product's own ports, beside the running server."""
        return build(load(self.state_dir / "gerege.toml"))

    def close(self) -> None:
        """Give the ports back."""
        self.idp.ports.close()

    def application(self, client_id: str) -> furnish.Application:
        """One of the example applications."""
        return next(app for app in furnish.applications(self.doors) if app.client_id == client_id)

    def secret(self, client_id: str) -> str:
        """Its secret."""
        return furnish.secret_file(self.state_dir, f"{client_id}.client").read_text().strip()

    # --- what happens around it ---------------------------------------------------------------------------------------

    def travel(self, uid: str, country: str) -> str:
        """Send somebody to a country, or home."""
        return journey.go(self.state_dir, uid, country)

    def directory(self, department: str) -> Prepared:
        """A department's directory, to be changed as its own administrator would."""
        return as_prepared(department, self.state_dir)

    def in_group(self, department: str, group: str, uid: str, member: bool) -> None:
        """Put somebody of a directory with POSIX groups into a group, or take them out; already so is well."""
        directory = self.directory(department)
        dn = f"cn={group},ou=groups,{directory.admin_dn.partition(',')[2]}"
        change = edit.add_value if member else edit.remove_value
        try:
            change(directory, dn, "memberUid", uid)
        except edit.NotChanged as refused:
            if not str(refused).startswith(("attributeOrValueExists", "noSuchAttribute")):
                raise

    def left(self, uid: str, left: bool) -> None:
        """Say in Finance's directory that somebody has left, or has not."""
        directory = self.directory("mof")
        dn = f"uid={uid},ou=people,{directory.admin_dn.partition(',')[2]}"
        edit.replace(directory, dn, "employeeType", ["left"] if left else [])

    def stop(self, department: str) -> None:
        """Its directory is gone."""
        control.stop_part(self.state_dir, department)

    def start(self, department: str) -> None:
        """Its directory is back."""
        control.start_missing(self.state_dir, department)

    # --- what it wrote down -------------------------------------------------------------------------------------------

    def events(self, name: str, since: datetime, **wanted: str) -> list[dict[str, Any]]:
        """Events of that name since then, oldest first: their fields, with `at`."""
        rows = self.idp.ports.truth.audit.search(name=name, since=since, limit=EVENTS, **wanted)  # type: ignore[arg-type]
        return [{**_body(row.body), "at": row.at} for row in reversed(rows)]

    def tells_tokens(self) -> None:
        """Say of each token since the last time what was asked, granted, dropped, and by which rule."""
        lines: dict[str, None] = {}
        for event in self.events("token.issued", self._began):
            key = (event["at"], event.get("grant_id"), event.get("audience"))
            if key not in self._tokens_told:
                self._tokens_told.add(key)
                lines[token_line(event)] = None
        for line in lines:
            self.told.says(line)


def token_line(event: dict[str, Any]) -> str:
    """asked | granted | dropped, by which rule: of one `token.issued`."""
    dropped = " ".join(event.get("dropped", ()))
    rules = ", ".join(rule for rule in event.get("policies", ()) if not rule.startswith("life-"))
    audience = str(event.get("audience") or "nobody")
    return (
        f"· token for {event['client_id']} → {'userinfo' if audience.startswith('http') else audience}: "
        f"asked {' '.join(event.get('asked', ()))} | granted {' '.join(event.get('granted', ())) or 'nothing'} | "
        f"dropped {f'{dropped}, by {rules}' if dropped else 'nothing'}"
    )


def _body(text: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(text)
    inner = body.get("body")
    return inner if isinstance(inner, dict) else body
