"""Which addresses a URL may be called at: the whole decision, before any connection.

Unlisted: https, a public address, port 443 or one above 1023. What the operator lists (`[[outgoing.allowed]]`) opens
more, and an entry holds only when each part of it does. A name is resolved once; every address that it has must be
allowed, and the connection goes to one of those: between check and use nothing can change, so a name that answers
differently the second time gains nothing.
Hosts are plain ASCII names or addresses in their one canonical form. Everything that resolvers and libraries read
differently is refused: other spellings of IPv4 (decimal, octal, hexadecimal, short), Unicode (write the A-label),
percent signs, zones, user-info, white space, control characters and backslashes.
Spec: RFC 3986 §3.2, RFC 6890, OWASP SSRF Prevention.
"""

import ipaddress
import re
import socket
import ssl
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from config.settings import AllowedCall
from config.settings import Outgoing as OutgoingSettings
from idp.errors import Unavailable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
DEFAULT_PORTS = {"https": 443, "http": 80}
LONGEST_URL = 2048
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
NEVER_PUBLIC = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")))
"""Special by RFC 6890, though `ipaddress` calls parts of them global: 192.0.0.192 is a metadata address of a cloud."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")
NAME = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
RESOLVING = threading.BoundedSemaphore(8)
"""Names being resolved at one time: a resolver cannot be told to hurry, only not to be waited for."""


@dataclass(frozen=True, slots=True)
class Target:
    """What may be called. `doors`: the addresses that were checked, each with the certificates trusted there."""

    scheme: str
    host: str
    port: int
    path: str
    doors: tuple[tuple[str, ssl.SSLContext], ...]

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if DEFAULT_PORTS[self.scheme] == self.port else f"{name}:{self.port}"

    def failed(self, why: str) -> Unavailable:
        return Unavailable("application", f"{self.host}:{self.port}: {why}")


@dataclass(frozen=True, slots=True)
class _Opening:
    """One entry of the operator's list."""

    entry: AllowedCall
    network: Network | None
    tls: ssl.SSLContext | None

    def admits(self, scheme: str, host: str, port: int, address: IPAddress) -> bool:
        return (
            (scheme == "https" or self.entry.http)
            and (self.entry.host is None or _name(self.entry.host.strip("[]")) == host)
            and (self.entry.port is None or self.entry.port == port)
            and (address in self.network if self.network is not None else not _nobody_lives_at(address))
        )


class Where:
    """The filter. Made once; `target` is its one question."""

    def __init__(self, settings: OutgoingSettings) -> None:
        """Raises ValueError: a `ca_file` cannot be read."""
        self._resolve = {_name(name): ipaddress.ip_address(value) for name, value in settings.resolve.items()}
        self._openings = [
            _Opening(
                entry,
                ipaddress.ip_network(entry.cidr) if entry.cidr else None,
                _context(entry.ca_file) if entry.ca_file else None,
            )
            for entry in settings.allowed
        ]

    def target(self, url: str, deadline: float) -> Target:
        """Where this call may go. Raises Unavailable: nowhere; the detail says why, and is for the operator."""
        scheme, host, port, path = _parts(url)
        found = self._addresses(host, port, deadline)
        doors = tuple((str(address), self._allowed(scheme, host, port, address)) for address in found)
        return Target(scheme, host, port, path, doors)

    def _allowed(self, scheme: str, host: str, port: int, address: IPAddress) -> ssl.SSLContext:
        """The certificates that are trusted there."""
        for opening in self._openings:
            if opening.admits(scheme, host, port, address):
                return opening.tls or self._system
        if scheme != "https":
            raise _refused(host, port, "plain http")
        if not _public(address):
            raise _refused(host, port, f"{address} is not a public address")
        if port < 1024 and port != DEFAULT_PORTS["https"]:
            raise _refused(host, port, "a port of another protocol")
        return self._system

    @cached_property
    def _system(self) -> ssl.SSLContext:
        """The system's certificates, read when they are first needed: that takes a tenth of a second."""
        return _context(None)

    def _addresses(self, host: str, port: int, deadline: float) -> tuple[IPAddress, ...]:
        if host in self._resolve:
            return (self._resolve[host],)
        try:
            return (_unwrapped(ipaddress.ip_address(host)),)
        except ValueError:
            pass
        if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3; not every resolver knows
            return (ipaddress.ip_address("127.0.0.1"),)
        try:
            found = _resolved(host, port, deadline)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise Unavailable("application", f"{host} cannot be resolved: {error or 'too slow'}") from error
        addresses = (str(item[4][0]).partition("%")[0] for item in found)
        return tuple(dict.fromkeys(_unwrapped(ipaddress.ip_address(address)) for address in addresses))


def _parts(url: str) -> tuple[str, str, int, str]:
    """(scheme, host, port, path with query). Raises Unavailable: nothing that we call looks like this."""
    if len(url) > LONGEST_URL or not re.fullmatch(r"[!-\[\]-~]+", url):  # visible ASCII without the backslash
        raise Unavailable("application", "not a URL that is called: too long, or has characters that no URL has")
    try:
        parts = urlsplit(url)
        host, port = _name(parts.hostname or ""), parts.port
    except ValueError as error:
        raise Unavailable("application", f"not a URL: {error}") from error
    if parts.scheme not in DEFAULT_PORTS or "@" in parts.netloc or "#" in url or port == 0:
        raise Unavailable("application", f"not a URL that is called: {parts.scheme}://{host}")
    if not _is_host(host):
        raise Unavailable("application", f"not a host that is called: {host!r}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, DEFAULT_PORTS[parts.scheme] if port is None else port, path


def _is_host(host: str) -> bool:
    """An address in canonical form, or a name that no resolver takes for an address. Spec: RFC 1123 §2.1."""
    try:
        return ipaddress.ip_address(host) is not None and "%" not in host
    except ValueError:
        return NAME.fullmatch(host) is not None and ENDS_IN_A_NUMBER.fullmatch(host) is None


def _resolved(host: str, port: int, deadline: float) -> list[tuple[Any, ...]]:
    """What the system's resolver says. Raises OSError; TimeoutError when it does not say it in time."""
    found: Future[list[tuple[Any, ...]]] = Future()
    if not RESOLVING.acquire(blocking=False):
        raise TimeoutError("too many names are being resolved")

    def ask() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:
            found.set_exception(error)
        finally:
            RESOLVING.release()

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    return found.result(timeout=max(0.0, deadline - time.monotonic()))


def _public(address: IPAddress) -> bool:
    """Reachable on the Internet, also when IPv4 is wrapped in IPv6 (6to4, NAT64, Teredo)."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.sixtofour or (address.teredo or (None, None))[1]
        if address in NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return _public(wrapped)
        return address in GLOBAL_UNICAST and address.is_global and not _special(address)
    return address.is_global and not address.is_multicast and not address.is_reserved and not _special(address)


def _special(address: IPAddress) -> bool:
    return any(address in network for network in NEVER_PUBLIC)


def _nobody_lives_at(address: IPAddress) -> bool:
    """Addresses that a listed *name* does not open, only a CIDR: metadata of clouds is link-local."""
    return address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved


def _unwrapped(address: IPAddress) -> IPAddress:
    """An IPv4 address that is written as IPv6 is that IPv4 address. Spec: RFC 4291 §2.5.5.2."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _context(ca_file: object) -> ssl.SSLContext:
    """Those certificates alone, or the system's. Spec: BCP 195 §3.1.1."""
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except OSError as error:
        raise ValueError(f"outgoing.allowed: ca_file {ca_file} cannot be read: {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _refused(host: str, port: int, why: str) -> Unavailable:
    return Unavailable("application", f"{host}:{port} is refused: {why}; [[outgoing.allowed]] may list it")


def _name(host: str) -> str:
    """The one spelling: lower case, and without the dot of the root."""
    return host.removesuffix(".").lower()
