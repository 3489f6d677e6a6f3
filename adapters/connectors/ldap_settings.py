"""Settings of one department's LDAP directory: what an operator writes under `[directory]`, checked before any call.

Spec: RFC 4513 §3, §6 (protection of simple binds), RFC 4515 (filters), RFC 4514 (names), RFC 2256/2798 (attributes).
Deliberately has no way to switch the verification of certificates off, and none to bind without TLS.
"""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import SplitResult, urlsplit

from ldap3.core.exceptions import LDAPExceptionError
from ldap3.operation.search import parse_filter
from ldap3.utils.dn import parse_dn

from adapters.connectors.toml_table import Table

GroupKind = Literal["groupOfNames", "posixGroup", "memberOf"]
DEFAULT_PORTS = {"ldap": 389, "ldaps": 636}


@dataclass(frozen=True, slots=True)
class Attributes:
    """Which attribute says what. `identifiers` are those that a person may type."""

    stable_id: str = "entryUUID"
    identifiers: tuple[str, ...] = ("uid", "mail")
    display_name: str = "cn"
    display_name_zh: str = ""
    mail: str = "mail"
    title: str = "title"
    posix_name: str = "uid"


@dataclass(frozen=True, slots=True)
class GroupScheme:
    """How the department writes down who is in which group.

    groupOfNames: groups list members' names in `member`; posixGroup: groups list `memberUid`;
    memberOf: people carry the names of their groups, of which only those under `base_dn` count.
    """

    kind: GroupKind = "groupOfNames"
    base_dn: str = ""
    name: str = "cn"


@dataclass(frozen=True, slots=True)
class DisabledRule:
    """Who is disabled: an attribute has one of these values, or the entry matches this filter. Neither: nobody is."""

    attribute: str = ""
    values: tuple[str, ...] = ()
    filter: str = ""


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """One directory. `urls` are replicas in the order in which they are tried; they share CA, names and password."""

    department: str
    urls: tuple[str, ...]
    ca_file: Path
    bind_dn: str
    bind_password_file: Path
    base_dn: str
    starttls: bool = False
    people_filter: str = "(objectClass=inetOrgPerson)"
    attributes: Attributes = field(default_factory=Attributes)
    groups: GroupScheme = field(default_factory=GroupScheme)
    disabled: DisabledRule = field(default_factory=DisabledRule)
    policies_base_dn: str = ""
    connect_timeout: timedelta = timedelta(seconds=3)
    receive_timeout: timedelta = timedelta(seconds=5)
    pool_wait: timedelta = timedelta(seconds=2)
    pool_size: int = 4
    connection_lifetime: timedelta = timedelta(minutes=10)
    failures_to_rest: int = 3
    rest: timedelta = timedelta(seconds=5)

    def bind_password(self) -> bytes:
        """The read-only account's password, read anew for each connection so that it can be changed without a restart.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is empty (an empty password would silently bind as nobody, RFC 4513 §5.1.2).
        """
        secret = self.bind_password_file.read_bytes().rstrip(b"\r\n")
        if not secret:
            raise ValueError("the file is empty")
        return secret


def read_ldap_settings(department: str, table: Table, folder: Path) -> LdapSettings:
    """Read `[directory]`; problems are noted in the table's reader, which the caller finishes.

    Args:
        department: id of the department, for messages.
        folder: where relative file names start: the folder of the file being read.
    """
    starttls = table.flag("starttls", False)
    urls = table.texts("urls")
    for url in urls:
        _check_url(table, url, starttls)
    settings = LdapSettings(
        department=department,
        urls=urls,
        starttls=starttls,
        ca_file=_file(table, "ca_file", folder),
        bind_dn=_name(table, "bind_dn"),
        bind_password_file=_password_file(table, folder),
        base_dn=_name(table, "base_dn"),
        people_filter=_filter(table, "people_filter", "(objectClass=inetOrgPerson)"),
        policies_base_dn=_name(table, "policies_base_dn", ""),
        disabled=_disabled(table.table("disabled")),
        attributes=_attributes(table.table("attributes")),
        groups=_groups(table.table("group_scheme")),
        connect_timeout=timedelta(seconds=table.number("connect_timeout_seconds", 3, 1, 30)),
        receive_timeout=timedelta(seconds=table.number("receive_timeout_seconds", 5, 1, 60)),
        pool_wait=timedelta(seconds=table.number("pool_wait_seconds", 2, 1, 30)),
        pool_size=table.number("pool_size", 4, 1, 64),
        connection_lifetime=timedelta(seconds=table.number("connection_lifetime_seconds", 600, 10, 3600)),
        failures_to_rest=table.number("failures_to_rest", 3, 1, 100),
        rest=timedelta(seconds=table.number("rest_seconds", 5, 1, 60)),
    )
    table.close()
    return settings


def _check_url(table: Table, url: str, starttls: bool) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or parts.path.strip("/") or parts.query or port == 0:
        table.refuse("urls", f"{url!r} is not a directory's address", "write ldaps://host or ldap://host:port")
    elif parts.username or parts.password:
        table.refuse("urls", "an address holds a name or password", "use bind_dn and bind_password_file")
    elif parts.scheme == "ldap" and not starttls:
        table.refuse("urls", f"{url!r} would send passwords in the clear", "write starttls = true, or use ldaps://")
    elif parts.scheme == "ldaps" and starttls:
        table.refuse("starttls", f"{url!r} has TLS from the first byte", "remove starttls, or use ldap://")


def _file(table: Table, key: str, folder: Path) -> Path:
    path = folder / table.text(key)
    if key not in table and path != folder and not (path.is_file() and os.access(path, os.R_OK)):
        table.refuse(key, f"{path} is not a file that can be read", "give the path of an existing file")
    return path


def _password_file(table: Table, folder: Path) -> Path:
    path = _file(table, "bind_password_file", folder)
    if path.is_file() and path.stat().st_mode & 0o007:
        table.refuse("bind_password_file", f"others may read {path}", f"run: chmod o= {path}")
    return path


def _name(table: Table, key: str, default: str | None = None) -> str:
    text = table.text(key, default)
    if text:
        try:
            parse_dn(text)
        except LDAPExceptionError as error:
            table.refuse(key, f"{text!r} is not a distinguished name ({error})", "write it as dc=ministry,dc=example")
    return text


def _filter(table: Table, key: str, default: str) -> str:
    text = table.text(key, default)
    if text:
        try:
            parse_filter(text, None, False, None, None, False)  # type: ignore[no-untyped-call]  # not in the stubs
        except (LDAPExceptionError, ValueError, IndexError, AttributeError) as error:
            table.refuse(key, f"{text!r} is not a search filter ({error})", "write it as (attribute=value)")
    return text


def _attributes(table: Table) -> Attributes:
    usual = Attributes()
    attributes = Attributes(
        stable_id=table.text("stable_id", usual.stable_id),
        identifiers=table.texts("identifiers", usual.identifiers),
        display_name=table.text("display_name", usual.display_name),
        display_name_zh=table.text("display_name_zh", usual.display_name_zh),
        mail=table.text("mail", usual.mail),
        title=table.text("title", usual.title),
        posix_name=table.text("posix_name", usual.posix_name),
    )
    if not attributes.identifiers:
        table.refuse("identifiers", "names no attribute", 'write at least one, such as ["uid"]')
    changing = {name.lower() for name in (*attributes.identifiers, attributes.mail, attributes.display_name)}
    if attributes.stable_id.lower() in changing | {"cn", "sn", "dn"}:
        fix = "use entryUUID, or another attribute that is never changed nor given to somebody else"
        table.refuse("stable_id", f"{attributes.stable_id!r} can change or be reused", fix)
    table.close()
    return attributes


def _groups(table: Table) -> GroupScheme:
    kind = table.text("kind", "groupOfNames")
    base_dn, name = _name(table, "base_dn"), table.text("name", "cn")
    table.close()
    for known in get_args(GroupKind):
        if kind == known:
            return GroupScheme(known, base_dn, name)
    table.refuse("kind", f"{kind!r} is not a group scheme", f"use one of {', '.join(get_args(GroupKind))}")
    return GroupScheme()


def _disabled(table: Table) -> DisabledRule:
    rule = DisabledRule(table.text("attribute", ""), table.texts("values", ()), _filter(table, "filter", ""))
    if bool(rule.attribute) != bool(rule.values):
        table.refuse("attribute", "needs both an attribute and its values", 'write attribute = "…", values = ["…"]')
    if rule.attribute and rule.filter:
        table.refuse("filter", "stands beside an attribute", "keep one of the two")
    table.close()
    return rule
