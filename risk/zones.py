"""Named networks: which of the organisation's zones an address lies in, and its coarse network.

Zones are the organisation's own networks; what a zone permits is a policy's matter. No look-ups, no reputation.
Spec: RFC 4632 (IPv4 CIDR), RFC 4291 §2.3 and §2.5.5.2 (IPv6 prefixes; IPv4-mapped addresses count as IPv4).
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class BadZones(ValueError):
    """The settings of the zones are wrong; `problems` names each bad text."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class Zones:
    """A matcher for named CIDR zones: one dict look-up for each prefix length in use, whatever their number."""

    __slots__ = ("_by_prefix", "names")

    def __init__(self, zones: Mapping[str, Iterable[str]]) -> None:
        """Parse `{name: [cidr, …]}`.

        Raises:
            BadZones: all that is wrong, at once, each with the zone's name and the bad text.
        """
        problems: list[str] = []
        self.names = frozenset(zones)
        self._by_prefix: dict[tuple[int, int], dict[int, frozenset[str]]] = {}
        for name, texts in zones.items():
            if not name.strip():
                problems.append("a zone has an empty name")
            networks = _networks(name, texts, problems)
            for network in networks:
                self._add(name, network)
        if problems:
            raise BadZones(problems)

    def __bool__(self) -> bool:
        """Whether any zone is configured."""
        return bool(self.names)

    def zones_of(self, address: str) -> frozenset[str]:
        """Names of the zones that contain `address`; none for a text that is no address, which so earns no trust."""
        try:
            parsed = parse(address)
        except ValueError:
            return frozenset()
        number, bits = int(parsed), parsed.max_prefixlen
        found: frozenset[str] = frozenset()
        for (version, length), prefixes in self._by_prefix.items():
            if version == parsed.version:
                found |= prefixes.get(number >> (bits - length), frozenset())
        return found

    def _add(self, name: str, network: Network) -> None:
        prefixes = self._by_prefix.setdefault((network.version, network.prefixlen), {})
        prefix = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
        prefixes[prefix] = prefixes.get(prefix, frozenset()) | {name}


def _networks(name: str, texts: Iterable[str], problems: list[str]) -> list[Network]:
    if isinstance(texts, str):
        problems.append(f"zone {name!r}: expected a list of networks, found the text {texts!r}")
        return []
    networks: list[Network] = []
    for text in texts:
        try:
            networks.append(_network(text))
        except ValueError as error:
            problems.append(f"zone {name!r}: {error}")
    return networks


def _network(text: object) -> Network:
    """Raises ValueError in words that name the text and, where there is one, the fix."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is not a network in text, such as '10.0.0.0/8'")
    try:
        return _unmapped(ip_network(text))
    except ValueError:
        pass
    try:
        loose = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not an IPv4 or IPv6 network, such as '10.0.0.0/8' or '2001:db8::/32'") from None
    raise ValueError(f"{text!r} has bits set after its prefix; perhaps '{loose}' is meant")


def _unmapped(network: Network) -> Network:
    """An IPv4-mapped network as the IPv4 network it means: addresses are compared as IPv4 too."""
    if isinstance(network, IPv6Network) and network.prefixlen >= 96 and network.network_address.ipv4_mapped:
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def parse(address: str) -> Address:
    """Parse an address; IPv4-mapped IPv6 becomes IPv4, a scope (`%eth0`) is dropped.

    Raises:
        ValueError: it is none; the text is in the message.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return parsed.ipv4_mapped or IPv6Address(int(parsed))
    return parsed


def network_of(address: str) -> str:
    """The coarse network of an address, `198.51.100.0/24` or `2001:db8:1::/48`: what one household or office shares.

    Raises:
        ValueError: it is not an address.
    """
    parsed = parse(address)
    if isinstance(parsed, IPv4Address):
        return str(IPv4Network((int(parsed) >> 8 << 8, 24)))
    return str(IPv6Network((int(parsed) >> 80 << 80, 48)))
