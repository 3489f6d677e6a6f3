"""Where a request comes from. Only what a configured proxy forwards is believed. Spec: RFC 7239 §8.1, ASVS 5.0 V13."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose `X-Forwarded-For` is believed. `socket`: the peer at our unix socket, when we listen on one."""

    socket: bool
    networks: tuple[IPv4Network | IPv6Network, ...]


def is_trusted(peer: str, trust: Trust) -> bool:
    """Whether this peer is a proxy that we believe. `peer`: empty for a unix socket."""
    return _is_trusted(peer, trust.networks) if peer else trust.socket


def address_of(peer: str, forwarded: str, trust: Trust) -> str:
    """The caller's address: the nearest hop that is not a trusted proxy; the peer itself when it is not trusted.

    Args:
        peer: the socket's peer; empty for a unix socket.
        forwarded: `X-Forwarded-For` as it arrived, several headers joined by commas.
    """
    if not is_trusted(peer, trust):
        return peer or "0.0.0.0"  # noqa: S104 — not a bind: an address that no zone holds
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    for hop in reversed(hops):
        parsed = _parsed(hop)
        if parsed is None:
            break  # nothing before an unreadable hop can be believed
        if not _is_trusted(str(parsed), trust.networks):
            return str(parsed)
    return peer or "0.0.0.0"  # noqa: S104


def _is_trusted(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]"))
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found
