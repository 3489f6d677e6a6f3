"""Searches on one open connection: exactly what was asked, in full, or Unavailable.

Spec: RFC 4511 §4.5 (search), Appendix A (result codes), RFC 2696 (paging).
Deliberately never returns part of an answer as if it were all of it: a missing person would look like one who left.
References to other servers inside an answer are left aside: `base_dn` says which people are this department's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from ldap3 import BASE, DEREF_NEVER, SUBTREE, Connection

from adapters.connectors import ldap_stream
from adapters.connectors.ldap_connection import AWAY, Answer, Away, translated
from adapters.connectors.ldap_ranges import completed, stepped
from adapters.connectors.ldap_settings import LdapSettings
from idp.errors import Unavailable

SUCCESS, SIZE_LIMIT_EXCEEDED, NO_SUCH_OBJECT = 0, 4, 32
PAGED = "1.2.840.113556.1.4.319"
PAGE_SIZE = 500

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """truncated: there are more than the limit that we set. cookie: where the next page begins, empty at the end."""

    entries: list[Row]
    truncated: bool
    cookie: bytes


def search(
    settings: LdapSettings,
    connection: Connection,
    base: str,
    query: str,
    attributes: list[str],
    *,
    at_base: bool = False,
    size_limit: int = 0,
    page: int | None = None,
    cookie: bytes | None = None,
    parts: bool = False,
) -> Rows:
    """One search; every text in `query` that came from outside has been escaped by the caller.

    Raises:
        Away: no answer, or a server that says it cannot serve now.
        Unavailable: an answer that is not the whole truth: no such base, no right to read, a limit of the server's.
    """
    with translated(settings, "search"):
        answer = connection.search(
            base,
            query,
            cast(Any, BASE if at_base else SUBTREE),
            dereference_aliases=cast(Any, DEREF_NEVER),
            attributes=stepped(attributes, settings.vendor.range_step),
            size_limit=size_limit,
            time_limit=int(settings.receive_timeout.total_seconds()),
            paged_size=page,
            paged_cookie=cookie,
        )
        _, result, response, _ = cast(Answer, answer)
    truncated = result["result"] == SIZE_LIMIT_EXCEEDED and size_limit > 0
    if result["result"] != SUCCESS and not truncated:
        raise _refusal(settings, base, result)
    control = (result.get("controls") or {}).get(PAGED) or {}
    found = [row for row in response or [] if row["type"] == "searchResEntry"]
    entries = found if parts else [_whole(settings, connection, row) for row in found]
    return Rows(entries, truncated, (control.get("value") or {}).get("cookie") or b"")


def sweep(
    settings: LdapSettings, connection: Connection, base: str, query: str, attributes: list[str]
) -> Iterator[Row]:
    """Every entry, page by page; the connection serves nothing else meanwhile (a cookie belongs to its connection).

    Raises:
        Unavailable: at any page; what came before is not all.
    """
    cookie: bytes | None = None
    while cookie is None or cookie:
        wanted = stepped(attributes, settings.vendor.range_step)
        read = ldap_stream.page(settings, connection, base, query, wanted, cookie or b"")
        if read.result["result"] != SUCCESS:
            raise _refusal(settings, base, read.result)
        for row in read.rows:
            yield _whole(settings, connection, row)
        cookie = read.cookie


def _whole(settings: LdapSettings, connection: Connection, row: Row) -> Row:
    """With all values, where the directory gave the first of many. Raises Unavailable: the rest could not be had."""

    def ask(dn: str, attribute: str) -> Row | None:
        rows = search(settings, connection, dn, "(objectClass=*)", [attribute], at_base=True, parts=True).entries
        return next(iter(rows), None)

    try:
        return completed(row, ask)
    except ValueError as error:
        raise Unavailable(settings.department, f"search: {error}; see its log") from error


def _refusal(settings: LdapSettings, base: str, result: dict[str, Any]) -> Unavailable:
    told = f"{result['description']} {result['message']}".rstrip()
    if result["result"] == NO_SUCH_OBJECT:
        fix = "correct base_dn, or give bind_dn the right to read it"
        return Unavailable(settings.department, f"base_dn: {base} does not exist or may not be read; {fix}")
    kind = Away if result["result"] in AWAY else Unavailable
    return kind(settings.department, f"search: the directory answered {told}; see its log")
