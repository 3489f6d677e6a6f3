"""Where an address is: country, network operator and city, from MaxMind-shaped files through geoip2.

A CC0 country file is bundled (`geodata/`, see its NOTICE); the operator may configure a country or city file and an ASN
file of their own. Spec: MaxMind DB file format 2.0. It deliberately downloads nothing, and knows no distances.
What cannot be known is None: a place is evidence, and its absence must never stop a sign-in.
"""

import hashlib
import logging
import lzma
import os
import tempfile
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address
from pathlib import Path

import maxminddb
from geoip2.database import Reader
from geoip2.errors import GeoIP2Error
from geoip2.models import ASN

from idp.ports import Place

BUNDLED = Path(__file__).parent / "geodata" / "country.mmdb.xz"
LOOK_AGAIN_SECONDS = 10
NOWHERE = Place(country=None, asn=None, city=None)
UNREADABLE = (maxminddb.InvalidDatabaseError, GeoIP2Error, OSError, ValueError, TypeError)
log = logging.getLogger(__name__)

# A file's stamp: device, inode, size and time of change in nanoseconds.
Stamp = tuple[int, int, int, int]
# A typed method of geoip2's Reader as a function from an address to a place.
Lookup = Callable[[str], Place]


class UnusableDatabase(ValueError):
    """A configured file cannot be used; the message says which file and what to do."""


class Places:
    """Places of addresses. One object, so one reader for each file, per process; safe to share among threads."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        cache: Path | None = None,
        asn: Path | None = None,
        private: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the files; later changes are noticed within 10 s, and a broken replacement keeps the last good one.

        Args:
            path: a country or city file; None takes the bundled one, unpacked into `cache`.
            cache: a writable folder of ours, asked for only with the bundled file.
            asn: a GeoLite2-ASN or GeoIP2-ISP file, where the operator has one.
            private: country of private addresses and loopback, where the operator says that theirs are in one.
            clock: seconds, monotonic.
        Raises:
            UnusableDatabase: a file is missing, broken, or of another kind.
        """
        if path is None:
            if cache is None:
                raise UnusableDatabase("the bundled country file needs a cache folder to be unpacked into")
            path = bundled(cache)
        self._inside = Place(country=private, asn=None, city=None)
        self._country = _File(path, _place_lookup, clock)
        self._asn = _File(asn, _asn_lookup, clock) if asn else None

    def place(self, address: str) -> Place:
        """Look an address up. Never raises: what is neither public nor private, and malformed ones, are nowhere."""
        parsed = _parsed(address)
        if parsed is None or parsed.is_multicast or parsed.is_unspecified:
            return NOWHERE
        if not parsed.is_global:
            return self._inside if parsed.is_private else NOWHERE
        text = str(parsed)
        place = self._country.lookup(text)
        if self._asn is None:
            return place
        network = self._asn.lookup(text)
        return Place(country=place.country, asn=network.asn, city=place.city, operator=network.operator)


class _File:
    """One database: opened once, opened again when the file has changed, the last good one kept."""

    def __init__(self, path: Path, kind: Callable[[Reader, Path], Lookup], clock: Callable[[], float]) -> None:
        self._path, self._kind, self._clock = path, kind, clock
        self._lock = threading.Lock()
        self._looked_at = clock()
        self._stamp: Stamp
        self._current: Lookup
        try:
            self._stamp = _stamp(path)
            self._current = self._open()
        except UnusableDatabase:
            raise
        except UNREADABLE as error:
            raise UnusableDatabase(f"{path}: not a readable MaxMind database: {error}") from error

    def lookup(self, address: str) -> Place:
        if self._clock() - self._looked_at >= LOOK_AGAIN_SECONDS and self._lock.acquire(blocking=False):
            try:
                self._renew()
            finally:
                self._lock.release()
        try:
            return self._current(address)
        except GeoIP2Error:  # not in the database
            return NOWHERE
        except UNREADABLE as error:
            log.warning("%s: look-up failed: %s", self._path, error)
            return NOWHERE

    def _renew(self) -> None:
        self._looked_at = self._clock()
        try:
            stamp = _stamp(self._path)
            if stamp == self._stamp:
                return
            # The old reader is not closed: another thread may be in it. It goes when the last one lets go.
            self._current = self._open()
            self._stamp = stamp
            log.info("%s: read again, it has changed", self._path)
        except UNREADABLE as error:
            log.warning("%s: the changed file is unusable, the last good one stays: %s", self._path, error)

    def _open(self) -> Lookup:
        # The C extension maps the file; where there is none geoip2 falls back to Python's mmap.
        return self._kind(Reader(self._path, mode=maxminddb.MODE_AUTO), self._path)


def _stamp(path: Path) -> Stamp:
    stat = path.stat()
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def _place_lookup(reader: Reader, path: Path) -> Lookup:
    """The typed method which this kind of file answers."""
    kind = reader.metadata().database_type
    if "City" in kind:

        def city(address: str) -> Place:
            found = reader.city(address)
            return Place(country=found.country.iso_code, asn=None, city=found.city.name)

        return city
    if "Country" in kind:
        return lambda address: Place(country=reader.country(address).country.iso_code, asn=None, city=None)
    raise UnusableDatabase(f"{path}: a Country or City database is needed, this is {kind!r}; see tools/geo/repack.py")


def _asn_lookup(reader: Reader, path: Path) -> Lookup:
    kind = reader.metadata().database_type
    if "GeoLite2-ASN" in kind:
        return lambda address: _network(reader.asn(address))
    if "GeoIP2-ISP" in kind:
        return lambda address: _network(reader.isp(address))
    raise UnusableDatabase(f"{path}: a GeoLite2-ASN or GeoIP2-ISP database is needed, this is {kind!r}")


def _network(found: ASN) -> Place:
    """Number and name together, so that neither is ever read beside another's."""
    number, name = found.autonomous_system_number, found.autonomous_system_organization
    return Place(None, number, None, f"AS{number} {' '.join(name.split())[:80]}" if number and name else None)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address in plain form; IPv4-mapped IPv6 is IPv4. None when it is none."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        return parsed.ipv4_mapped or IPv6Address(int(parsed))  # the latter drops a scope, `%eth0`
    return parsed


def bundled(cache: Path) -> Path:
    """Unpack the bundled country file into `cache`, once for each version of it, and answer where it is.

    Atomic: several processes may start at once, and one that dies leaves no half file under the final name.

    Raises:
        UnusableDatabase: the bundled file is damaged, or `cache` cannot be written.
    """
    try:
        packed = BUNDLED.read_bytes()
        target = cache / f"country-{hashlib.sha256(packed).hexdigest()[:16]}.mmdb"
        if target.exists():
            return target
        plain = lzma.decompress(packed)  # verifies the SHA-256 inside
        cache.mkdir(parents=True, exist_ok=True)
        _write(target, plain)
    except (OSError, lzma.LZMAError) as error:
        raise UnusableDatabase(f"{BUNDLED} could not be unpacked into {cache}: {error}") from error
    return target


def _write(target: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".country-")
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def address_of(country: str, database: Path) -> str:
    """Some public IPv4 address that `database` places in `country`: the same one each time, for demonstrations.

    Taken from the first network of at least 4096 addresses, else from the widest, so that it is a plausible one.

    Args:
        country: ISO 3166-1 alpha-2, e.g. "SG".
        database: a country or city file, e.g. `bundled(cache)`.
    Raises:
        LookupError: the file knows no address there.
    """
    widest: IPv4Network | None = None
    with maxminddb.open_database(database) as reader:
        for network, record in reader:
            if not isinstance(network, IPv4Network):
                break  # the IPv4 part of the tree comes first
            if not network.is_global or _country_of(record) != country:
                continue
            if widest is None or network.prefixlen < widest.prefixlen:
                widest = network
            if widest.prefixlen <= 20:
                break
    if widest is None:
        raise LookupError(f"{database} knows no IPv4 address in {country!r}")
    return str(widest[min(10, widest.num_addresses - 1)])


def _country_of(record: object) -> object:
    country = record.get("country") if isinstance(record, dict) else None
    return country.get("iso_code") if isinstance(country, dict) else None
