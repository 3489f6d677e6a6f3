"""Discovery and the key set: bytes that are made once and made again only when the configuration moves.

Spec: OIDC Discovery 1.0 §4, RFC 8414 §3, RFC 9110 §13.1.2 (If-None-Match). Deliberately not here: what they say.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import orjson

from idp.flows import keys
from idp.flows.context import Idp
from idp.flows.grants import GRANTS
from idp.oidc import discovery
from idp.web.machine.answers import JSON, Answer

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

KEPT_SECONDS = 300
"""How long others may keep them: far less than a new key is published ahead of its first signature."""
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Made:
    """`until`: keys also leave by the clock, so that a key set is made anew each minute."""

    epoch: int
    until: datetime
    etag: str
    whole: Answer
    unchanged: Answer


class Document:
    """One document, prebuilt. Threads may make it twice; what they make is the same."""

    def __init__(self, idp: Idp, content: Callable[[datetime], Mapping[str, object]]) -> None:
        self._idp, self._content = idp, content
        self._made: _Made | None = None

    def __call__(self, environ: "WSGIEnvironment") -> Answer:
        made = self._made
        if (
            made is None
            or self._idp.ports.truth.configuration().epoch != made.epoch
            or self._idp.ports.now() >= made.until
        ):
            made = self._made = self._make()
        known = environ.get("HTTP_IF_NONE_MATCH", "")
        return made.unchanged if made.etag in (tag.strip() for tag in known.split(",")) else made.whole

    def _make(self) -> _Made:
        now, epoch = self._idp.ports.now(), self._idp.ports.truth.configuration().epoch
        body = orjson.dumps(self._content(now))
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = (JSON, ("Cache-Control", f"public, max-age={KEPT_SECONDS}"), ("ETag", etag))
        return _Made(epoch, now + _MINUTE, etag, Answer(200, body, headers), Answer(304, b"", headers))


def discovery_document(idp: Idp) -> Document:
    return Document(idp, lambda now: _metadata(idp))


def _metadata(idp: Idp) -> Mapping[str, object]:
    said, server = discovery.metadata(idp.issuer, GRANTS, idp.ports.truth.configuration()), idp.settings.server
    if server.client_certificate_header is None:
        return said
    verified = server.client_certificate_verified_header is not None
    return discovery.by_certificate(said, idp.issuer, server.mtls_endpoint, verified=verified)


def userinfo_document(idp: Idp) -> Document:
    """Spec: RFC 9728 §3."""
    return Document(idp, lambda now: discovery.of_userinfo(idp.issuer))


def related_origins(idp: Idp) -> Document:
    """Who may use our passkeys. Spec: WebAuthn Level 3 §5.11.1."""
    return Document(idp, lambda now: {"origins": idp.party.origins})


def key_set(idp: Idp) -> Document:
    return Document(idp, lambda now: discovery.key_set(keys.published(idp, now)))
