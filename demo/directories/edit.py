"""Change a demonstration directory as its own administrator would: disable somebody, take somebody out of a group.

Spec: RFC 4511 §4.6-§4.8. Over verified LDAPS, as `cn=admin`. The identity provider itself never writes to a directory.
"""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

from ldap3 import MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, NONE, SAFE_SYNC, Connection, Server

from adapters.connectors.ldap_tls import VerifiedTls
from demo.directories.prepared import Prepared


class NotChanged(Exception):
    """The directory refused the change; the text says why."""


def replace(directory: Prepared, dn: str, attribute: str, values: Sequence[str]) -> None:
    """Set an attribute to exactly these values; none removes it."""
    _modify(directory, dn, attribute, MODIFY_REPLACE, values)


def add_value(directory: Prepared, dn: str, attribute: str, value: str) -> None:
    """Put one value beside the others: somebody into a group."""
    _modify(directory, dn, attribute, MODIFY_ADD, [value])


def remove_value(directory: Prepared, dn: str, attribute: str, value: str) -> None:
    """Take one value away: somebody out of a group."""
    _modify(directory, dn, attribute, MODIFY_DELETE, [value])


def add(directory: Prepared, dn: str, attributes: Mapping[str, str | Sequence[str]]) -> None:
    """Add an entry; `attributes` holds objectClass too."""
    with _administrator(directory) as connection:
        _require(connection.add(dn, attributes=dict(attributes)))  # type: ignore[no-untyped-call]


def delete(directory: Prepared, dn: str) -> None:
    """Remove an entry."""
    with _administrator(directory) as connection:
        _require(connection.delete(dn))  # type: ignore[no-untyped-call]


def _modify(directory: Prepared, dn: str, attribute: str, operation: Any, values: Sequence[str]) -> None:
    with _administrator(directory) as connection:
        _require(connection.modify(dn, {attribute: [(operation, list(values))]}))  # type: ignore[no-untyped-call]


@contextmanager
def _administrator(directory: Prepared) -> Iterator[Connection]:
    parts = urlsplit(directory.ldaps_url)
    tls = VerifiedTls(ssl.create_default_context(cafile=directory.ca_file))
    server = Server(parts.hostname or "", port=parts.port, use_ssl=True, tls=tls, get_info=NONE, connect_timeout=3)
    password = directory.admin_password_file.read_text()
    connection = Connection(server, directory.admin_dn, password, client_strategy=SAFE_SYNC, receive_timeout=5)
    _require(connection.bind())
    try:
        yield connection
    finally:
        connection.unbind()


def _require(answer: Any) -> None:
    _, result, _, _ = cast(tuple[bool, dict[str, Any], Any, Any], answer)
    if result["result"] != 0:
        raise NotChanged(f"{result['description']} {result['message']}".rstrip())
