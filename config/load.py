"""Reads settings: defaults < TOML file < environment (`GEREGE_SERVER__ISSUER`) < `*_file` secrets.

Reports every problem at once, with file, key and line. Does not decide whether they are fit for production:
that is `production_problems`, which `gerege serve` and `gerege doctor` ask.
"""

import ipaddress
import os
import re
import stat
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from pydantic import ValidationError

from config.passkeys import passkey_problems
from config.settings import Settings

PREFIX = "GEREGE_"
NAMES_THE_FILE = "GEREGE_CONFIG"
"""Where the settings are, told by the environment: not one of them."""


class SettingsError(Exception):
    """`problems`: one line each, with where it is and how to mend it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. Raises SettingsError with every problem."""
    text = ""
    values: dict[str, object] = {}
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
            values = tomllib.loads(text)
        except OSError as error:
            raise SettingsError([f"{path}: cannot be read: {error.strerror}"]) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError([f"{path}: is not TOML: {error}"]) from error
    unknown = _overlay(values, environment)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(unknown + [_sentence(path, text, dict(item)) for item in error.errors()]) from error
    unknown += [_at(path, text, key, words) for key, words in passkey_problems(settings)]
    if unknown:
        raise SettingsError(unknown)
    return settings


def _overlay(values: dict[str, object], environment: Mapping[str, str]) -> list[str]:
    """Lays `GEREGE_TABLE__KEY=value` over the file. Values are TOML where they parse as such, else text."""
    problems = []
    for name, raw in environment.items():
        if not name.startswith(PREFIX) or name == NAMES_THE_FILE:
            continue
        parts = name[len(PREFIX) :].lower().split("__")
        if parts[0] not in Settings.model_fields:
            problems.append(f"environment {name}: no such setting")
            continue
        table = values
        for part in parts[:-1]:
            table = cast(dict[str, object], table.setdefault(part, {}))
        table[parts[-1]] = _toml_value(raw)
    return problems


def _toml_value(raw: str) -> object:
    try:
        return tomllib.loads(f"x = {raw}")["x"]
    except tomllib.TOMLDecodeError:
        return raw


def _sentence(path: Path | None, text: str, item: dict[str, object]) -> str:
    key = ".".join(str(part) for part in cast(tuple[object, ...], item["loc"]))
    return _at(path, text, key, "no such setting" if item["type"] == "extra_forbidden" else str(item["msg"]).lower())


def _at(path: Path | None, text: str, key: str, words: str) -> str:
    where = f"{path}:{line_of(text, key.split('.'))}" if path else "environment"
    return f"{where}: {key}: {words}"


def line_of(text: str, keys: list[str]) -> int:
    """The line of `[table]` … `key =`, as near as it can be found, else 1. Each `[[table]]` has a number."""
    table, best = "", 1
    seen: Counter[str] = Counter()
    wanted = ".".join(keys[:-1])
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[+)([^\]]+)\]+", line):
            table = header.group(2).strip()
            if header.group(1) == "[[":
                seen[table] += 1
                table = f"{table}.{seen[table] - 1}"
            if table == ".".join(keys):
                return number
        elif re.match(rf"\s*\"?{re.escape(keys[-1])}\"?\s*=", line) and table == wanted:
            return number
        if table and table == wanted and best == 1:
            best = number
    return best


def production_problems(settings: Settings) -> list[str]:
    """What stands between these settings and production, each with its fix. Empty in demonstration mode."""
    if settings.mode == "demonstration":
        return []
    problems = []
    issuer = urlsplit(settings.server.issuer)
    if issuer.scheme != "https" or not issuer.hostname or issuer.query or issuer.fragment:
        problems.append("server.issuer: must be an https address without query or fragment")
    if settings.server.trusted_proxies is None:
        problems.append('server.trusted_proxies: say who is believed ("unix", CIDRs), or [] when nobody is')
    problems += key_file_problems(settings.keys.master_key_file)
    problems += mail_problems(settings)
    problems += loopback_problems(settings)
    return problems


def loopback_problems(settings: Settings) -> list[str]:
    """Our own stores and neighbours listen there: only demonstrations and certification runs call this machine."""
    told = [
        f"outgoing.allowed: {entry.host or entry.cidr} is this machine; production calls other machines only"
        for entry in settings.outgoing.allowed
        if (entry.cidr and ipaddress.ip_network(entry.cidr).is_loopback)
        or entry.host == "localhost"
        or (entry.host or "").endswith(".localhost")
    ]
    return told + [
        f"outgoing.resolve: {name} is led to this machine; production calls other machines only"
        for name, address in settings.outgoing.resolve.items()
        if ipaddress.ip_address(address).is_loopback
    ]


def mail_problems(settings: Settings) -> list[str]:
    """Notices must not cross a network where others read them, and must come from somebody."""
    mail = settings.mail
    if not mail.server:
        return []
    problems = []
    if mail.tls == "none" and mail.server not in ("localhost", "127.0.0.1", "::1"):
        problems.append('mail.tls: "none" only to a server on this machine: use "starttls" or "tls"')
    if not mail.sender:
        problems.append("mail.sender: say which address mails come from")
    if mail.password_file is not None and _others_can_read(mail.password_file):
        problems.append(f"mail.password_file: others can read {mail.password_file}, or it is not there: chmod 600")
    return problems


def _others_can_read(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    except OSError:
        return True


def key_file_problems(path: Path) -> list[str]:
    """A master key that others can read is no secret any more."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return [
            f"keys.master_key_file: {path} is not there: `gerege keys make-master` makes one, a backup restores one"
        ]
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return [f"keys.master_key_file: others can read {path}: chmod 600 {path}"]
    return []


def proxy_networks(settings: Settings) -> tuple[bool, tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]]:
    """(whether the unix socket's peer is trusted, the trusted networks). Raises SettingsError on a bad CIDR."""
    listed = settings.server.trusted_proxies or ()
    try:
        return "unix" in listed, tuple(ipaddress.ip_network(item) for item in listed if item != "unix")
    except ValueError as error:
        raise SettingsError([f"server.trusted_proxies: {error}"]) from error
