"""Many entries of one search, read straight from the wire: what ldap3 takes minutes for takes seconds here.

Spec: RFC 4511 §4.1.1 (messages), §4.5 (search), §5.1 (definite lengths); RFC 2696 (paging); X.690 §8.1.
ldap3 writes the questions and keeps the connection; here only answers to searches are taken apart, strictly: whatever
is not as the specification says ends the reading, and nothing is guessed. Deliberately knows no person and no schema.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

from ldap3 import DEREF_NEVER, SUBTREE, Connection
from ldap3.core.results import RESULT_CODES
from ldap3.operation.search import search_operation
from ldap3.protocol.rfc2696 import paged_search_control

from adapters.connectors.ldap_connection import translated
from adapters.connectors.ldap_settings import LdapSettings

PAGE_SIZE = 1000
"""Active Directory gives no more at once."""
CHUNK = 256 * 1024
MOST_BYTES = 64 * 1024 * 1024
"""Of one entry: a group of half a million members."""
INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x02, 0x04, 0x0A, 0x30, 0x31
ENTRY, DONE, REFERENCE, INTERMEDIATE, CONTROLS = 0x64, 0x65, 0x73, 0x79, 0xA0
PAGED = b"1.2.840.113556.1.4.319"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """rows: `dn` and `raw_attributes`, as ldap3 has them. result: as ldap3's. cookie: empty at the end."""

    rows: list[Row]
    result: dict[str, Any]
    cookie: bytes


@runtime_checkable
class Paged(Protocol):
    """A connection that reads pages by itself."""

    def page(self, base: str, query: str, attributes: list[str], size: int, cookie: bytes) -> Page: ...


def page(
    settings: LdapSettings, connection: Connection, base: str, query: str, attributes: list[str], cookie: bytes
) -> Page:
    """One page of everything that fits; the caller looks at the result.

    Raises:
        Away: no answer, or one that is no LDAP.
    """
    with translated(settings, "search"):
        if isinstance(connection, Paged):
            return connection.page(base, query, attributes, PAGE_SIZE, cookie)
        limit = int(settings.receive_timeout.total_seconds())
        asked = search_operation(base, query, SUBTREE, DEREF_NEVER, attributes, 0, limit, False, True, True)
        strategy = cast(Any, connection.strategy)
        number = strategy.send("searchRequest", asked, [paged_search_control(False, PAGE_SIZE, cookie)])
        try:
            return _answer(connection.socket, number)
        finally:
            strategy._outstanding.pop(number, None)


def _answer(held: Any, number: int) -> Page:
    rows: list[Row] = []
    for message in _messages(held):
        start, end = _inside(message, 0, SEQUENCE)
        at, until = _inside(message, start, INTEGER)
        if int.from_bytes(message[at:until], "big") != number:
            raise ValueError("an answer to another question")
        if message[until] == ENTRY:
            rows.append(_entry(message, until))
        elif message[until] == DONE:
            return _done(message, until, end, rows)
        elif message[until] not in (REFERENCE, INTERMEDIATE):
            raise ValueError(f"no answer to a search: {message[until]:#x}")
    raise ConnectionError("the directory closed the connection")


def _messages(held: Any) -> Iterator[bytes]:
    """Whole messages, each as its own bytes; nothing is asked for once the caller has the last."""
    kept = b""
    while chunk := held.recv(CHUNK):
        kept, at = kept + chunk, 0
        while (ends := _ends(kept, at)) is not None and ends <= len(kept):
            yield kept[at:ends]
            at = ends
        kept = kept[at:]


def _ends(data: bytes, at: int) -> int | None:
    """Where the message that begins there ends; None: its length is not there yet."""
    if len(data) < at + 2 or len(data) < at + 2 + (data[at + 1] & 0x7F) * (data[at + 1] >> 7):
        return None
    if data[at] != SEQUENCE:
        raise ValueError("what came is no LDAP message")
    length, begins = _length(data, at + 1)
    if length > MOST_BYTES:
        raise ValueError("an entry larger than any that is expected")
    return begins + length


def _length(data: bytes, at: int) -> tuple[int, int]:
    """(length, where its contents begin)."""
    first = data[at]
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    if not 1 <= count <= 4:
        raise ValueError("a length that LDAP does not have")
    return int.from_bytes(data[at + 1 : at + 1 + count], "big"), at + 1 + count


def _inside(data: bytes, at: int, tag: int) -> tuple[int, int]:
    """(begin, end) of the contents of an element of this kind. Raises ValueError, IndexError."""
    if data[at] != tag:
        raise ValueError(f"{data[at]:#x} where {tag:#x} belongs")
    length, begins = _length(data, at + 1)
    if begins + length > len(data):
        raise ValueError("an element longer than its message")
    return begins, begins + length


def _entry(data: bytes, at: int) -> Row:
    at, _ = _inside(data, at, ENTRY)
    begin, at = _inside(data, at, OCTETS)
    attributes: dict[str, list[bytes]] = {}
    row = {"type": "searchResEntry", "dn": data[begin:at].decode(), "raw_attributes": attributes}
    at, end = _inside(data, at, SEQUENCE)
    while at < end:
        at, one_ends = _inside(data, at, SEQUENCE)
        begin, at = _inside(data, at, OCTETS)
        values: list[bytes] = []
        attributes[data[begin:at].decode()] = values
        at, set_ends = _inside(data, at, SET)
        while at < set_ends:
            begin, at = _inside(data, at, OCTETS)
            values.append(data[begin:at])
        if at != one_ends:
            raise ValueError("an attribute that does not end where it says")
    return row


def _done(data: bytes, at: int, end: int, rows: list[Row]) -> Page:
    at, after = _inside(data, at, DONE)
    begin, at = _inside(data, at, ENUMERATED)
    code = int.from_bytes(data[begin:at], "big")
    _, at = _inside(data, at, OCTETS)
    begin, at = _inside(data, at, OCTETS)
    told = data[begin:at].decode(errors="replace")
    result = {"result": code, "description": RESULT_CODES.get(code, str(code)), "message": told}
    return Page(rows, result, _cookie(data, after, end))


def _cookie(data: bytes, at: int, end: int) -> bytes:
    """Of the control for paging; empty where there is none."""
    if at >= end:
        return b""
    at, end = _inside(data, at, CONTROLS)
    while at < end:
        inner, at = _inside(data, at, SEQUENCE)
        begin, inner = _inside(data, inner, OCTETS)
        if data[begin:inner] != PAGED:
            continue
        if data[inner] == 0x01:  # its criticality
            inner += 3
        inner, _ = _inside(data, inner, OCTETS)
        inner, _ = _inside(data, inner, SEQUENCE)
        _, inner = _inside(data, inner, INTEGER)
        begin, inner = _inside(data, inner, OCTETS)
        return data[begin:inner]
    return b""
