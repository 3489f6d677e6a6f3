"""Revocation lists of the authorities behind smart cards: fetched through the outgoing filter, or read from files.

The last good list of each place is kept in memory and on disk, so that neither a restart nor an authority that is away
shuts people out before the list is overdue. A list that is older than the one that is held is not taken: a replayed one
would let revoked cards in again. Spec: RFC 5280 §5.1.2.4, RFC 2585 §4.2 (`application/pkix-crl`).
Deliberately not here: whether a list is still in time (`idp.authn.factors.certificate`).
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from cryptography.x509 import Certificate, CertificateRevocationList

from config.settings import Certificates
from idp.authn.factors.certificate import LISTS, Authorities, read_authorities, read_list
from idp.errors import Unavailable
from idp.ports import Outgoing

ACCEPT = "application/pkix-crl"
MOST = 16 * 1024 * 1024
"""Octets of a list: about four hundred thousand cards."""
log = logging.getLogger("gerege.certificates")


def authorities_of(settings: Certificates) -> Authorities | None:
    """Those of `certificates.ca_file`; None: there are no smart cards here. Raises ValueError: it cannot be used."""
    if settings.ca_file is None:
        return None
    try:
        return read_authorities(settings.ca_file.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"certificates.ca_file: {settings.ca_file}: {error}") from error


class KeptRevocationLists:
    """`idp.ports.RevocationLists`."""

    def __init__(self, settings: Certificates, outgoing: Outgoing, cache: Path) -> None:
        """Args: cache: a folder for what was fetched. Raises ValueError: `ca_file` cannot be used."""
        self._authorities = authorities_of(settings)
        self._cache, self._outgoing = cache, outgoing
        self._places: dict[str, Callable[[], bytes]] = {url: self._fetching(url) for url in settings.crl_urls}
        self._places |= {str(file): file.read_bytes for file in settings.crl_files}
        self._held: dict[str, CertificateRevocationList] = {}
        self._lock, self._begun = Lock(), False

    @property
    def trusted(self) -> Sequence[Certificate]:
        return self._authorities.all if self._authorities else ()

    def current(self) -> Sequence[CertificateRevocationList]:
        with self._lock:
            if not self._begun:
                self._begun = True
                self._begin()
        return tuple(self._held.values())

    def refresh(self) -> None:
        failed = [place for place in self._places if not self._read(place)]
        if failed:
            raise Unavailable(LISTS, f"cannot be read again: {', '.join(failed)}")

    def _begin(self) -> None:
        """What was fetched before this start; only what is nowhere is waited for."""
        for place in self._places:
            try:
                self._take(place, self._file(place).read_bytes())
            except (OSError, ValueError):
                self._read(place)

    def _read(self, place: str) -> bool:
        if self._authorities is None:
            return True
        try:
            octets = self._places[place]()
            if self._take(place, octets):
                self._keep(place, octets)
        except Unavailable as away:
            log.warning("revocation list %s: %s", place, away.detail)
        except (OSError, ValueError) as error:
            log.warning("revocation list %s: %s", place, error)
        else:
            return True
        return False

    def _take(self, place: str, octets: bytes) -> bool:
        """Whether it is newer than the one that is held. Raises ValueError: it is no list of ours."""
        if self._authorities is None:
            raise ValueError("there are no authorities")
        found, held = read_list(octets, self._authorities), self._held.get(place)
        if held is not None and found.issuer == held.issuer and found.last_update_utc < held.last_update_utc:
            raise ValueError(f"it is of {found.last_update_utc}, older than the one that is held")
        self._held = {**self._held, place: found}
        return held is None or found != held

    def _fetching(self, url: str) -> Callable[[], bytes]:
        def fetch() -> bytes:
            answer = self._outgoing.get(url, accept=ACCEPT, most=MOST)
            if answer.status != 200:
                raise Unavailable(LISTS, f"answered {answer.status}")
            return answer.body

        return fetch

    def _file(self, place: str) -> Path:
        return self._cache / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}.crl"

    def _keep(self, place: str, octets: bytes) -> None:
        """Whole or not at all: several processes write here. What cannot be kept is fetched again at the next start."""
        try:
            self._cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, name = tempfile.mkstemp(dir=self._cache)
            with os.fdopen(descriptor, "wb") as file:
                file.write(octets)
            Path(name).replace(self._file(place))
        except OSError as error:
            log.warning("revocation list %s cannot be kept: %s", place, error)
