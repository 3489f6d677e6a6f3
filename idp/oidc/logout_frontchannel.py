"""Where an application's page is opened, unseen, in the browser that signs out.

Only this browser's cookies can do it, and a browser may keep them back from a page within another: the back channel is
the sure way, this one is for applications that have no other.
Spec: OIDC Front-Channel Logout 1.0 §2, §3. Deliberately not here: which applications, and the page.
"""

import re
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


def address(uri: str, issuer: str, sid: str) -> str:
    """With `iss` and `sid`, which an application needs to tell whose session it is (§2); its own query stays."""
    parts = urlsplit(uri)
    added = urlencode({"iss": issuer, "sid": sid}, quote_via=quote)
    return urlunsplit(parts._replace(query="&".join(one for one in (parts.query, added) if one), fragment=""))


def origin(uri: str) -> str | None:
    """What `frame-src` must name for it; None where that could not be written safely into a header."""
    parts = urlsplit(uri)
    found = f"{parts.scheme}://{parts.netloc}"
    return found if _ORIGIN.fullmatch(found) else None
