"""Every call that we make, through one filter, so that nobody makes us knock at doors inside.

`where` says which addresses a URL may be called at, `line` is one call on one connection with all its limits, `room` is
for how many at one time; here they are the port. A call ends at its first answer: redirects are not followed, not even
to public addresses, since none of the documents that we read (keys, sector files, request objects) and none that we
send needs one. Nothing is tried twice and nothing is kept; proxies of the environment are not asked.
Spec: OWASP SSRF Prevention; OIDC Back-Channel Logout 1.0 §2.5, OIDC Core §6.2 and §8.1 are its callers'.
"""

import re
import time
from datetime import timedelta
from urllib.parse import urlencode

from adapters.outgoing.line import Answer, call
from adapters.outgoing.room import Room
from adapters.outgoing.where import Where
from config.settings import Outgoing as OutgoingSettings
from idp.ports import Fetched

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "*/*"}


class FilteredOutgoing:
    """`idp.ports.Outgoing`."""

    def __init__(self, settings: OutgoingSettings) -> None:
        """Raises ValueError: a `ca_file` cannot be read."""
        self._seconds = settings.timeout_seconds
        self._where, self._room = Where(settings), Room()

    def post_form(self, url: str, form: dict[str, str]) -> int:
        # What an application says to us is nobody's business: its status is the answer.
        return self._call(url, "POST", FORM, urlencode(form).encode(), None).status

    def get(self, url: str, *, accept: str, most: int) -> Fetched:
        answer = self._call(url, "GET", {"Accept": accept}, None, most)
        media_type = answer.header("Content-Type").partition(";")[0].strip().lower()
        return Fetched(answer.status, answer.body, media_type, _max_age(answer))

    def _call(self, url: str, method: str, headers: dict[str, str], body: bytes | None, most: int | None) -> Answer:
        """Once, until a moment that is the same for the resolver, the handshake and all that is read."""
        deadline = time.monotonic() + self._seconds
        target = self._where.target(url, deadline)
        with self._room.taken(target):
            return call(target, method, headers, body, most, deadline)


def _max_age(answer: Answer) -> timedelta | None:
    """Spec: RFC 9111 §5.2.2.1, §5.2.2.4, §5.2.2.5; a number that cannot be is capped at ten years."""
    said = answer.header("Cache-Control").lower()
    if re.search(r"(?:^|[\s,])no-(?:store|cache)(?:$|[\s,=])", said):
        return timedelta()
    found = re.search(r'(?:^|[\s,])max-age="?(\d+)', said)
    return timedelta(seconds=int(found[1][:9])) if found and len(found[1]) < 10 else TEN_YEARS if found else None


TEN_YEARS = timedelta(days=3650)
