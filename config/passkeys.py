"""Whether the settings of passkeys can work: what a browser would refuse later is refused here, with its mending.

Spec: WebAuthn Level 3 §5.1.2 (rp.id), §5.11 (related origins). Deliberately knows no list of public suffixes: of those
it refuses the shapes that are common, and a browser refuses all of them.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from config.settings import Settings

MOST_LABELS = 5
"""A browser reads no more different names from the list. Spec: WebAuthn Level 3 §5.11.1."""
CATEGORIES = frozenset({"ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "govt", "mil", "net", "or", "org"})
"""`gov.cn` and its like belong to everybody in the country."""


def passkey_problems(settings: Settings) -> Iterator[tuple[str, str]]:
    """(key, what is wrong and how to mend it), for everything that is wrong."""
    issuer, rp_id = urlsplit(settings.server.issuer), settings.passkeys.rp_id
    host = issuer.hostname or ""
    if rp_id and rp_id != host:
        if not host.endswith(f".{rp_id}"):
            yield "passkeys.rp_id", f"{rp_id} is not {host or 'the host of server.issuer'} nor above it; remove it"
        elif _is_public(rp_id):
            yield "passkeys.rp_id", f"{rp_id} is a domain of everybody; take one of yours, such as {host}"
    origins = settings.passkeys.related_origins
    for origin in origins:
        if problem := _origin_problem(origin, plain=settings.mode == "demonstration"):
            yield "passkeys.related_origins", f"{origin[:200]} {problem}"
    if len({_label(origin) for origin in origins}) > MOST_LABELS:
        yield (
            "passkeys.related_origins",
            f"more than {MOST_LABELS} names: a browser reads no more; shorten it",
        )


def _is_public(domain: str) -> bool:
    labels = domain.split(".")
    return len(labels) < 2 or (len(labels) == 2 and len(labels[1]) == 2 and labels[0] in CATEGORIES)


def _origin_problem(origin: str, *, plain: bool) -> str | None:
    """`plain`: http on this machine is good enough for a demonstration."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return "is no origin: write it as https://id.example"
    local = plain and parts.scheme == "http" and (parts.hostname or "").endswith("localhost")
    if parts.scheme != "https" and not local:
        return "is not https: write it as https://id.example"
    bare = f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")
    if not parts.hostname or origin != bare or (parts.scheme, port) in (("https", 443), ("http", 80)):
        return f"is not how a browser says it: write it as {bare if parts.hostname else 'https://id.example'}"
    return None


def _label(origin: str) -> str:
    """The name that a browser counts: what stands left of the public suffix."""
    labels = (urlsplit(origin).hostname or "").split(".")
    while len(labels) > 1 and _is_public(".".join(labels[1:])) is False:
        labels = labels[1:]
    return labels[0]
