"""Settings of one department's LDAP directory: what an operator writes under `[directory]`, checked before any call.

Spec: RFC 4513 §3, §6 (protection of simple binds), RFC 4515 (filters), RFC 4514 (names), RFC 2256/2798 (attributes).
Deliberately has no way to switch the verification of certificates off, and none to bind without TLS.
"""

import os
import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import SplitResult, urlsplit

from ldap3.core.exceptions import LDAPExceptionError
from ldap3.operation.search import parse_filter
from ldap3.utils.dn import parse_dn

from adapters.connectors.ldap_profile import read_profile
from adapters.connectors.ldap_vendors import OPENLDAP, VENDORS, Attributes, GroupKind, GroupScheme, Nesting, Vendor
from adapters.connectors.toml_table import Table
from idp.secret import Secret

__all__ = ["DEFAULT_PORTS", "Attributes", "DisabledRule", "GroupScheme", "LdapSettings", "read_ldap_settings"]

DEFAULT_PORTS = {"ldap": 389, "ldaps": 636}
Library = Literal["ldap3", "python-ldap"]
_PIN = re.compile(r"sha256/[A-Za-z0-9+/]{43}=")


@dataclass(frozen=True, slots=True)
class DisabledRule:
    """Who is disabled: an attribute has one of these values, or the entry matches this filter. Neither: nobody is."""

    attribute: str = ""
    values: tuple[str, ...] = ()
    filter: str = ""


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """One directory. `urls` are replicas in the order in which they are tried; they share CA, names and password.

    Attributes:
        ca_pem: the CA itself, where it was given in the console and no file of this machine holds it.
        account_password: the password of `bind_dn`, where it is kept sealed with the department.
        pins: `sha256/` and the base64 of the SHA-256 of a public key (RFC 7469 §2.4); the directory's must be one.
        client_certificate_file: the read-only account is who this certificate says, and no password is sent.
        netbios_domains: the first halves of `DOMAIN\\name` that mean this directory.
        change_password: people may change their passwords through us.
        library: who speaks with it; `python-ldap` is an extra of the installation (`gerege[fast-ldap]`).
    """

    department: str
    urls: tuple[str, ...]
    ca_file: Path | None
    bind_dn: str
    bind_password_file: Path | None
    base_dn: str
    vendor: Vendor = OPENLDAP
    ca_pem: str = ""
    account_password: Secret[bytes] | None = None
    pins: tuple[str, ...] = ()
    client_certificate_file: Path | None = None
    client_key_file: Path | None = None
    netbios_domains: tuple[str, ...] = ()
    change_password: bool = False
    starttls: bool = False
    library: Library = "ldap3"
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
        if self.account_password is not None:
            return self.account_password.reveal()
        if self.bind_password_file is None:
            raise ValueError("no file is given")
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
    vendor = _vendor(table)
    certificate, key = _optional(table, "client_certificate_file", folder), _optional(table, "client_key_file", folder)
    if bool(certificate) != bool(key):
        table.refuse("client_certificate_file", "needs its key", "write client_certificate_file and client_key_file")
    ca_pem, kept = table.text("ca_pem", ""), table.anything("account_password")
    held = kept if isinstance(kept, Secret) else None  # no file can say one: it was unsealed for this department
    settings = LdapSettings(
        department=department,
        vendor=vendor,
        pins=_pins(table),
        client_certificate_file=certificate,
        client_key_file=key,
        netbios_domains=table.texts("netbios_domains", ()),
        change_password=table.flag("change_password", False),
        urls=urls,
        starttls=starttls,
        library=table.choice("library", "ldap3", get_args(Library)),
        ca_pem=ca_pem,
        account_password=held,
        ca_file=None if ca_pem else _file(table, "ca_file", folder),
        bind_dn=_name(table, "bind_dn", "" if certificate else None),
        bind_password_file=None if certificate or held else _password_file(table, folder),
        base_dn=_name(table, "base_dn"),
        people_filter=_filter(table, "people_filter", vendor.people_filter),
        policies_base_dn=_name(table, "policies_base_dn", ""),
        disabled=_disabled(table.table("disabled")),
        attributes=_attributes(table.table("attributes"), vendor.attributes),
        groups=_groups(table.table("group_scheme"), vendor.groups),
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


def _attributes(table: Table, usual: Attributes) -> Attributes:
    attributes = Attributes(
        stable_id=table.text("stable_id", usual.stable_id),
        stable_id_form=table.choice("stable_id_form", usual.stable_id_form, ("text", "guid")),
        identifiers=table.texts("identifiers", usual.identifiers),
        account_name=table.text("account_name", usual.account_name),
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


def _groups(table: Table, usual: GroupScheme) -> GroupScheme:
    kind = table.choice("kind", usual.kind, get_args(GroupKind))
    scheme = GroupScheme(
        kind=kind,
        base_dn=_name(table, "base_dn"),
        name=table.text("name", usual.name),
        nested=table.choice("nested", usual.nested, get_args(Nesting)),
        depth=table.number("depth", usual.depth, 1, 32),
        primary=table.choice("primary", usual.primary, ("none", "primaryGroupID", "gidNumber")),
    )
    table.close()
    return scheme


def _optional(table: Table, key: str, folder: Path) -> Path | None:
    return _file(table, key, folder) if key in table else None


def _pins(table: Table) -> tuple[str, ...]:
    pins = table.texts("pins", ())
    for pin in pins:
        if not _PIN.fullmatch(pin):
            table.refuse("pins", f"{pin!r} is not a pin", "write sha256/ and the base64 of the public key's SHA-256")
    return pins


def _vendor(table: Table) -> Vendor:
    """The vendor's table, with what `[directory.profile]` says otherwise."""
    named = VENDORS[table.choice("vendor", OPENLDAP.name, tuple(VENDORS))]
    return read_profile(table.table("profile"), named)


def _disabled(table: Table) -> DisabledRule:
    rule = DisabledRule(table.text("attribute", ""), table.texts("values", ()), _filter(table, "filter", ""))
    if bool(rule.attribute) != bool(rule.values):
        table.refuse("attribute", "needs both an attribute and its values", 'write attribute = "…", values = ["…"]')
    if rule.attribute and rule.filter:
        table.refuse("filter", "stands beside an attribute", "keep one of the two")
    table.close()
    return rule
