"""What a plan only points at: a secret in a file or the environment, public keys in a file. It holds no secret itself.

Spec: RFC 7517 §5 (key sets), OWASP ASVS 5.0 V13.3 (secrets out of files that are shared).
"""

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.connectors.toml_table import Table
from idp.model import Jwk
from idp.secret import Secret

GENERATE = "generate"
LEAST_SECRET = 32
"""Characters. Only the hash of a client's secret is kept, so that it must be random: nobody can guess 32 of these."""


@dataclass(frozen=True, slots=True)
class References:
    """folder: what file names are relative to."""

    folder: Path
    environment: Mapping[str, str]

    def secret(self, table: Table, key: str, *, least: int = 1, needed: bool = True) -> Secret[str] | None:
        """`key_file`, `key_env`, or `key = "generate"` (None: it is made when it is needed)."""
        written = table.anything(key)
        file, name = table.text(f"{key}_file", ""), table.text(f"{key}_env", "")
        ways = [one for one in (written, file, name) if one]
        if written is not None and written != GENERATE:
            fix = f'write {key}_file = "…", {key}_env = "…" or {key} = "generate", and make a new one'
            table.refuse(key, "a secret never stands in a plan", fix)
        elif len(ways) > 1:
            table.refuse(key, "is given in more than one way", f"keep one of {key}, {key}_file and {key}_env")
        elif ways and not needed:
            table.refuse(key, "is for those who prove themselves by a secret", "remove it")
        elif needed and not ways:
            table.refuse(key, "is missing", f'add {key}_file = "…", {key}_env = "…" or {key} = "generate"')
        elif file or name:
            return self._led_to(table, f"{key}_file" if file else f"{key}_env", file or name, least)
        return None

    def _led_to(self, table: Table, key: str, name: str, least: int) -> Secret[str] | None:
        found = self._file(table, key, name) if key.endswith("_file") else self._variable(table, key, name)
        if found is not None and len(found) < least:
            table.refuse(key, f"holds fewer than {least} characters", "make one by: openssl rand -base64 32")
        return Secret(found) if found else None

    def keys(self, table: Table) -> tuple[Jwk, ...]:
        """`jwks` in place, or `jwks_file`: a key set of public keys."""
        written, file = table.anything("jwks"), table.text("jwks_file", "")
        if written is not None and file:
            table.refuse("jwks", "stands beside jwks_file", "keep one of the two")
        if written is None and not file:
            return ()
        found = self._document(table, file) if file else written
        listed = found.get("keys") if isinstance(found, dict) else found
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            table.refuse("jwks_file" if file else "jwks", "is not a list of keys", "see RFC 7517 for the format")
            return ()
        return tuple(listed)

    def path(self, name: str) -> Path:
        return self.folder / name

    def _document(self, table: Table, name: str) -> object:
        try:
            return json.loads(self.path(name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            table.refuse("jwks_file", f"{name} cannot be read ({error})", "it must be JSON, a JWK Set")
            return []

    def _file(self, table: Table, key: str, name: str) -> str | None:
        path = self.path(name)
        try:
            if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                table.refuse(key, f"others can read {name}", f"chmod 600 {path}")
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            table.refuse(key, f"{name} cannot be read ({error})", "correct its name, or make it")
            return None

    def _variable(self, table: Table, key: str, name: str) -> str | None:
        found = self.environment.get(name)
        if found is None:
            table.refuse(key, f"the environment has no {name}", "set it where this command runs")
        return found
