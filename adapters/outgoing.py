"""Every call that we make, through one filter, so that nobody makes us knock at doors inside.

https to public addresses, and what the operator listed (`host:port`, or a CIDR; plain http is allowed for those only).
A name is resolved once and the connection goes to that address, with the name in Host and SNI: between check and use
nothing can change. No redirects, no proxies from the environment, little time, and of the answer only its status.
Spec: OWASP SSRF Prevention; OIDC Back-Channel Logout 1.0 §2.5 is its caller's.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from config.settings import Outgoing as OutgoingSettings
from idp.errors import Unavailable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class _Target:
    scheme: str
    host: str
    port: int
    path: str
    address: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if DEFAULT_PORTS[self.scheme] == self.port else f"{name}:{self.port}"


class FilteredOutgoing:
    """`idp.ports.Outgoing`."""

    def __init__(self, settings: OutgoingSettings) -> None:
        """Raises ValueError: an entry of `outgoing.allow` or `resolve` is neither `host:port` nor a CIDR."""
        self._seconds = settings.timeout_seconds
        self._resolve = {_host(name): ipaddress.ip_address(value) for name, value in settings.resolve.items()}
        self._ports, self._networks = _allowed(settings.allow)
        self._tls = ssl.create_default_context()
        if settings.ca_file is not None:
            self._tls.load_verify_locations(settings.ca_file)

    def post_form(self, url: str, form: dict[str, str]) -> int:
        target = self._target(url)
        body = urlencode(form)
        headers = {
            "Host": target.host_header,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "*/*",
            "Connection": "close",
        }
        connection = self._connection(target)
        # A timeout of the socket starts again with each byte; the alarm does not.
        alarm = threading.Timer(self._seconds, _hang_up, [connection])
        alarm.daemon = True
        alarm.start()
        deadline = time.monotonic() + self._seconds
        try:
            connection.request("POST", target.path, body, headers)
            status = connection.getresponse().status  # the body is nobody's business and is not read
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("application", f"{target.host}:{target.port}: {type(error).__name__}: {error}") from error
        finally:
            alarm.cancel()
            connection.close()
        if time.monotonic() >= deadline:
            raise Unavailable("application", f"{target.host}:{target.port}: no whole answer in {self._seconds} s")
        return status

    def _target(self, url: str) -> _Target:
        """The one address that this call may go to. Raises Unavailable: the filter refuses it."""
        try:
            parts = urlsplit(url)
            host, port = _host(parts.hostname or ""), parts.port
        except ValueError as error:
            raise Unavailable("application", f"not a URL: {error}") from error
        if parts.scheme not in DEFAULT_PORTS or not host or parts.username is not None or parts.fragment:
            raise Unavailable("application", f"not a URL that is called: {parts.scheme}://{host}")
        port = DEFAULT_PORTS[parts.scheme] if port is None else port
        address = self._address(host, port)
        listed = (host, port) in self._ports or any(address in network for network in self._networks)
        if not listed and (parts.scheme != "https" or not _public(address)):
            why = "plain http" if parts.scheme != "https" else f"{address} is not a public address"
            raise Unavailable("application", f"{host}:{port} is refused: {why}; outgoing.allow may list it")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _Target(parts.scheme, host, port, path, str(address))

    def _address(self, host: str, port: int) -> IPAddress:
        if host in self._resolve:
            return self._resolve[host]
        try:
            return ipaddress.ip_address(host)
        except ValueError:
            pass
        if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3; not every resolver knows
            return ipaddress.ip_address("127.0.0.1")
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unavailable("application", f"{host} cannot be resolved: {error}") from error
        return ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])

    def _connection(self, target: _Target) -> http.client.HTTPConnection:
        if target.scheme == "https":
            return _PinnedHttps(target, self._seconds, self._tls)
        return _PinnedHttp(target, self._seconds)


class _PinnedHttp(http.client.HTTPConnection):
    """Connects to the address that was checked, whatever the name says by now."""

    def __init__(self, target: _Target, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self._pinned = target

    def connect(self) -> None:
        self.sock = socket.create_connection((self._pinned.address, self._pinned.port), self.timeout)


class _PinnedHttps(_PinnedHttp):
    def __init__(self, target: _Target, seconds: float, tls: ssl.SSLContext) -> None:
        super().__init__(target, seconds)
        self._tls = tls

    def connect(self) -> None:
        super().connect()
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._pinned.host)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _allowed(entries: Iterable[str]) -> tuple[set[tuple[str, int]], list[Network]]:
    ports: set[tuple[str, int]] = set()
    networks: list[Network] = []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry))
            continue
        except ValueError:
            pass
        host, _, port = entry.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"outgoing.allow: {entry!r} is neither host:port nor a CIDR")
        ports.add((_host(host.strip("[]")), int(port)))
    return ports, networks


def _public(address: IPAddress) -> bool:
    """Reachable on the Internet, also when IPv4 is wrapped in IPv6 (mapped, 6to4, NAT64, Teredo)."""
    if isinstance(address, ipaddress.IPv6Address):
        wrapped: Any = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if wrapped is None and address in ipaddress.ip_network("64:ff9b::/96"):
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return _public(wrapped)
    return address.is_global and not address.is_multicast and not address.is_reserved


def _host(name: str) -> str:
    return name.rstrip(".").lower()
