"""Zones match exactly, and a wrong setting is named."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.zones import BadZones, Zones, network_of

ZONES = Zones(
    {
        "government": ["10.0.0.0/8", "2001:db8::/32"],
        "finance": ["10.20.0.0/16", "192.0.2.7/32"],
        "world": ["0.0.0.0/0"],
    }
)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.2.3", {"government", "world"}),
        ("10.20.2.3", {"government", "finance", "world"}),
        ("192.0.2.7", {"finance", "world"}),
        ("192.0.2.8", {"world"}),
        ("2001:db8::1", {"government"}),
        ("2001:db9::1", set()),
        ("::ffff:10.20.0.1", {"government", "finance", "world"}),
        ("fe80::1%eth0", set()),
    ],
)
def test_zones_of(address, expected):
    assert ZONES.zones_of(address) == expected


@pytest.mark.parametrize(
    "text", ["", " ", "10.1.2", "10.0.0.1, 8.8.8.8", "010.0.0.1", "10.0.0.1:80", "\x00", "x" * 10_000]
)
def test_what_is_no_address_is_in_no_zone(text):
    assert ZONES.zones_of(text) == frozenset()


@given(
    st.dictionaries(
        st.sampled_from("abcdef"),
        st.lists(
            st.tuples(st.ip_addresses(), st.integers(0, 32)).map(lambda pair: str(ip_network(pair, strict=False))),
            max_size=4,
        ),
        max_size=6,
    ),
    st.ip_addresses(),
)
def test_zones_agree_with_the_plain_definition(zones, address):
    mapped = getattr(address, "ipv4_mapped", None) or address
    expected = {name for name, texts in zones.items() if any(mapped in ip_network(text) for text in texts)}
    assert Zones(zones).zones_of(str(address)) == expected


def test_every_problem_is_named_at_once_with_its_text():
    with pytest.raises(BadZones) as caught:
        Zones({"office": ["10.0.0.1/8", "ten"], "home": "10.0.0.0/8", " ": [], "odd": [7]})  # type: ignore[dict-item,list-item]
    assert caught.value.problems == (
        "zone 'office': '10.0.0.1/8' has bits set after its prefix; perhaps '10.0.0.0/8' is meant",
        "zone 'office': 'ten' is not an IPv4 or IPv6 network, such as '10.0.0.0/8' or '2001:db8::/32'",
        "zone 'home': expected a list of networks, found the text '10.0.0.0/8'",
        "a zone has an empty name",
        "zone 'odd': 7 is not a network in text, such as '10.0.0.0/8'",
    )


def test_an_ipv4_mapped_zone_is_the_ipv4_zone():
    assert Zones({"office": ["::ffff:10.0.0.0/104"]}).zones_of("10.9.9.9") == {"office"}


def test_no_zones_are_false():
    assert not Zones({}) and ZONES


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
    ],
)
def test_network_of(address, network):
    assert network_of(address) == network


@given(st.ip_addresses())
def test_an_address_lies_in_its_network(address):
    mapped = getattr(address, "ipv4_mapped", None) or address
    assert ip_address(str(mapped)) in ip_network(network_of(str(address)))


def test_network_of_no_address_names_it():
    with pytest.raises(ValueError, match="'nowhere'"):
        network_of("nowhere")
