"""Whether applications that share a sector's pairwise names really belong together: its file must list their addresses.

Spec: OIDC Core §8.1, OIDC Registration §5. Deliberately not here: the names themselves, and who may ask for them.
"""

import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

import orjson

from idp.errors import Unavailable
from idp.flows.context import Idp

LONGEST_FILE = 64 * 1024
FEW = 3
"""Addresses that are named in one sentence."""

log = logging.getLogger("gerege.sector")


def hosts_problem(idp: Idp, sector_identifier_uri: str | None, redirect_uris: Sequence[str]) -> str | None:
    """What is wrong with a pairwise client's sector, in plain words for whoever registers it; None when nothing is.

    The words tell nothing of the network that we live in; what a call met is in the log.
    """
    if sector_identifier_uri is None:
        hosts = {urlsplit(uri).hostname for uri in redirect_uris}
        return None if len(hosts) < 2 else "redirect_uris with several hosts need a sector_identifier_uri"
    parts = urlsplit(sector_identifier_uri)
    if parts.scheme != "https" or not parts.hostname or "#" in sector_identifier_uri:
        return "sector_identifier_uri must be an https address without a fragment"
    try:
        answer = idp.ports.outgoing.get(sector_identifier_uri, accept="application/json", most=LONGEST_FILE)
    except Unavailable as error:
        log.warning("sector file %r: %s", sector_identifier_uri, error.detail)
        return "the file at sector_identifier_uri could not be fetched"
    if answer.status != 200:
        return f"sector_identifier_uri answered {answer.status} instead of 200; redirects are not followed"
    return _problem(answer.body, redirect_uris)


def _problem(file: bytes, redirect_uris: Sequence[str]) -> str | None:
    try:
        listed = orjson.loads(file)
    except orjson.JSONDecodeError:
        return "the file at sector_identifier_uri is not JSON"
    if not isinstance(listed, list) or not all(isinstance(uri, str) for uri in listed):
        return "the file at sector_identifier_uri must be a JSON array of redirect URIs"
    missing = [uri for uri in redirect_uris if uri not in listed]
    if missing:
        named = ", ".join(missing[:FEW]) + (" and others" if len(missing) > FEW else "")
        return f"the file at sector_identifier_uri does not list {named}"
    return None
