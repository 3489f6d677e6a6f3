"""Places from tiny databases made here, from the bundled one, and from files that change or break under us."""

import lzma
import os
import random
import shutil
import subprocess
import sys
import threading
from ipaddress import IPv4Address
from pathlib import Path

import maxminddb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from adapters import geoip
from adapters.geoip import BUNDLED, NOWHERE, Places, UnusableDatabase, address_of, bundled
from idp.ports import Place

ROOT = Path(__file__).parents[2]


def database(path: Path, kind: str, networks: dict[str, dict]) -> Path:
    writer = MMDBWriter(6, kind, languages=["en"], description="test", ipv4_compatible=True)
    for network, record in networks.items():
        writer.insert_network(IPSet([network]), record)
    partial = path.with_suffix(".partial")
    writer.to_db_file(str(partial))
    partial.replace(path)
    return path


def countries(path: Path, **networks: str) -> Path:
    return database(
        path, "GeoLite2-Country", {network: {"country": {"iso_code": code}} for code, network in networks.items()}
    )


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def small(tmp_path):
    return countries(tmp_path / "country.mmdb", SG="8.8.0.0/16", CN="9.9.9.0/24", MN="2606:4700::/32")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    return bundled(tmp_path_factory.mktemp("geo"))


def test_a_country_file(small):
    places = Places(small)
    assert places.place("8.8.8.8") == Place(country="SG", asn=None, city=None)
    assert places.place("2606:4700::1") == Place(country="MN", asn=None, city=None)
    assert places.place("::ffff:8.8.8.8").country == "SG"
    assert places.place("1.1.1.1") == NOWHERE  # not in the file


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "127.0.0.1", "::1", "fe80::1%eth0", "169.254.1.1", "100.64.0.1", "224.0.0.1", "0.0.0.0", "fd00::1",
        "::ffff:10.0.0.1", "", " ", "8.8.8", "8.8.8.8, 9.9.9.9", "8.8.8.8:443", "\x00", "unix:", "八.8.8.8",
        "8" * 10_000,
    ],
)  # fmt: skip
def test_private_local_and_malformed_addresses_are_nowhere(tmp_path, address):
    places = Places(countries(tmp_path / "all.mmdb", XX="0.0.0.0/0", XY="8000::/1"))
    assert places.place("8.8.8.8").country == "XX"
    assert places.place(address) == NOWHERE


@given(st.text())
def test_no_text_raises(unpacked, text):
    assert isinstance(Places(unpacked).place(text), Place)


def test_a_city_file(tmp_path):
    path = database(
        tmp_path / "city.mmdb",
        "GeoLite2-City",
        {"8.8.8.0/24": {"country": {"iso_code": "CN"}, "city": {"names": {"en": "Beijing", "zh-CN": "北京"}}}},
    )
    assert Places(path).place("8.8.8.8") == Place(country="CN", asn=None, city="Beijing")


def test_an_asn_file_beside_it(tmp_path, small):
    asn = database(
        tmp_path / "asn.mmdb",
        "GeoLite2-ASN",
        {"8.8.8.0/24": {"autonomous_system_number": 15169, "autonomous_system_organization": "Example"}},
    )
    places = Places(small, asn=asn)
    assert places.place("8.8.8.8") == Place(country="SG", asn=15169, city=None, operator="AS15169 Example")
    assert places.place("9.9.9.9") == Place(country="CN", asn=None, city=None)


def test_a_registered_country_is_not_a_place(tmp_path):
    """Where the owner of a network is registered says nothing about where its user is."""
    path = database(tmp_path / "c.mmdb", "GeoLite2-Country", {"8.8.8.0/24": {"registered_country": {"iso_code": "US"}}})
    assert Places(path).place("8.8.8.8") == NOWHERE


def test_a_changed_file_is_read_again_within_ten_seconds(small, tmp_path):
    clock = Clock()
    places = Places(small, clock=clock)
    countries(small, FR="8.8.0.0/16")
    clock.now = 9.9
    assert places.place("8.8.8.8").country == "SG"
    clock.now = 10
    assert places.place("8.8.8.8").country == "FR"


def test_a_broken_or_missing_replacement_keeps_the_last_good_one(small, caplog):
    clock = Clock()
    places = Places(small, clock=clock)
    good = small.read_bytes()
    for number, replace in enumerate(
        (
            lambda: swap(small, b"not a database"),
            lambda: swap(small, good[:100]),
            lambda: database(small, "GeoIP2-Domain", {"8.8.8.0/24": {"domain": "x"}}),
            small.unlink,
        ),
        1,
    ):
        replace()
        clock.now = number * 10
        assert places.place("8.8.8.8").country == "SG"
    assert caplog.text.count("the last good one stays") == 4
    countries(small, FR="8.8.0.0/16")
    clock.now = 50
    assert places.place("8.8.8.8").country == "FR"


def swap(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)


def test_an_unchanged_file_is_not_opened_again(small, monkeypatch):
    clock = Clock()
    places = Places(small, clock=clock)
    monkeypatch.setattr(geoip, "Reader", lambda *_args, **_kwargs: pytest.fail("opened again"))
    clock.now = 100
    assert places.place("8.8.8.8").country == "SG"


def test_threads_may_look_up_while_the_file_changes(small):
    clock = Clock()
    places = Places(small, clock=clock)
    found: set[str | None] = set()

    def look():
        for _ in range(300):
            clock.now += 1
            found.add(places.place("8.8.8.8").country)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for code in ("FR", "DE", "SG", "FR"):
        countries(small, **{code: "8.8.0.0/16"})
    for thread in threads:
        thread.join()
    assert found <= {"SG", "FR", "DE"}
    clock.now += 10
    assert places.place("8.8.8.8").country == "FR"


@pytest.mark.parametrize("content", [None, b"", b"not a database"])
def test_an_unusable_file_is_named_at_start(tmp_path, content):
    path = tmp_path / "mine.mmdb"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnusableDatabase, match=r"mine\.mmdb"):
        Places(path)


def test_a_file_of_another_kind_is_named_at_start(tmp_path, small):
    with pytest.raises(UnusableDatabase, match="Country or City database is needed, this is 'country ipvAll'"):
        Places(database(tmp_path / "x.mmdb", "country ipvAll", {"8.8.8.0/24": {"country_code": "SG"}}))
    with pytest.raises(UnusableDatabase, match="GeoLite2-ASN or GeoIP2-ISP"):
        Places(small, asn=small)


def test_the_bundled_file_needs_a_cache():
    with pytest.raises(UnusableDatabase, match="cache"):
        Places()


def test_the_bundled_file_knows_the_world(tmp_path):
    places = Places(cache=tmp_path / "made" / "here")
    expected = {"8.8.8.8": "US", "165.21.83.88": "SG", "202.96.209.5": "CN", "2001:4860:4860::8888": "US"}
    assert {address: places.place(address).country for address in expected} == expected
    assert places.place("192.168.1.1") == NOWHERE


def test_unpacking_is_atomic_and_happens_once(tmp_path):
    first = bundled(tmp_path)
    stamp = first.stat().st_mtime_ns
    assert bundled(tmp_path) == first and first.stat().st_mtime_ns == stamp
    assert os.listdir(tmp_path) == [first.name]
    assert first.read_bytes() == lzma.decompress(BUNDLED.read_bytes())


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(geoip.os, "fsync", full)
    with pytest.raises(UnusableDatabase, match="No space left"):
        bundled(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_bundle_is_refused(tmp_path, monkeypatch):
    damaged = bytearray(BUNDLED.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    copy = tmp_path / "country.mmdb.xz"
    copy.write_bytes(damaged)
    monkeypatch.setattr(geoip, "BUNDLED", copy)
    with pytest.raises(UnusableDatabase):
        bundled(tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_the_bundle_is_small_and_credited():
    assert BUNDLED.stat().st_size < 3_000_000
    notice = (BUNDLED.parent / "NOTICE").read_text()
    assert "CC0 1.0" in notice and "nro.net" in notice and "CC BY 4.0" in notice


@pytest.mark.parametrize("country", ["SG", "CN", "US", "FR", "MN"])
def test_address_of_lies_in_the_country_and_is_always_the_same(unpacked, country):
    address = address_of(country, unpacked)
    assert IPv4Address(address).is_global
    assert Places(unpacked).place(address).country == country
    assert address_of(country, unpacked) == address


def test_address_of_takes_the_widest_where_all_are_narrow(tmp_path):
    path = database(
        tmp_path / "c.mmdb",
        "GeoLite2-Country",
        {
            network: {"country": {"iso_code": "VA"}}
            for network in ("10.0.0.0/8", "8.8.8.8/32", "9.9.9.0/30", "2606:4700::/32")
        },
    )
    assert address_of("VA", path) == "9.9.9.3"


def test_address_of_a_country_without_addresses(small):
    with pytest.raises(LookupError, match="'ZZ'"):
        address_of("ZZ", small)


def repack(*arguments: Path) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, str(ROOT / "tools/geo/repack.py"), *map(str, arguments))
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_repack_keeps_every_answer(tmp_path):
    chance = random.Random(5)
    networks = {
        f"{chance.randrange(1, 224)}.{chance.randrange(256)}.{chance.randrange(256)}.0/24": {
            "country_code": chance.choice(("SG", "CN"))
        }
        for _ in range(200)
    } | {"2606:4700::/33": {"country_code": "FR"}, "2606:4700:8000::/33": {"country_code": "FR"}}
    source = database(tmp_path / "source.mmdb", "country ipvAll", networks)
    done = repack(source, tmp_path / "out.mmdb.xz")
    assert done.returncode == 0, done.stderr
    target = tmp_path / "out.mmdb"
    target.write_bytes(lzma.decompress((tmp_path / "out.mmdb.xz").read_bytes()))
    with maxminddb.open_database(source) as before, maxminddb.open_database(target) as after:
        assert after.metadata().database_type == "GeoLite2-Country"
        for network, record in before:
            assert after.get(network[0]) == {"country": {"iso_code": record["country_code"]}}
            assert after.get(network[-1]) == after.get(network[0])
        assert sum(1 for _ in after) == sum(1 for _ in before) - 1  # the two neighbours became one
    assert Places(target).place("2606:4700:8000::1").country == "FR"


def test_repack_refuses_what_it_does_not_understand(tmp_path):
    source = database(tmp_path / "s.mmdb", "country ipvAll", {"8.8.8.0/24": {"country_code": "Singapore"}})
    done = repack(source, tmp_path / "out.xz")
    assert done.returncode != 0 and "8.8.8.0/24: expected a two-letter country_code" in done.stderr
    assert not (tmp_path / "out.xz").exists()


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UnusableDatabase, match="could not be unpacked"):
        bundled(file / "cache")


def test_a_stale_cache_of_another_version_is_not_used(tmp_path, unpacked, monkeypatch):
    copy = tmp_path / "country.mmdb.xz"
    other = countries(tmp_path / "other.mmdb", SG="8.8.8.0/24")
    copy.write_bytes(lzma.compress(other.read_bytes()))
    cache = tmp_path / "cache"
    cache.mkdir()
    shutil.copy(unpacked, cache)
    monkeypatch.setattr(geoip, "BUNDLED", copy)
    assert Places(cache=cache).place("8.8.8.8").country == "SG"


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "192.168.7.9", "::1", "fd00::1", "::ffff:10.0.0.1"])
def test_private_addresses_are_where_the_operator_says(tmp_path: Path, address: str) -> None:
    path = countries(tmp_path / "c.mmdb", CN="1.0.1.0/24")
    assert Places(path).place(address) == NOWHERE
    assert Places(path, private="CN").place(address) == Place(country="CN", asn=None, city=None)


@pytest.mark.parametrize("address", ["224.0.0.1", "ff02::1", "0.0.0.0", "::", "100.64.0.1", "8.8.8.8", "", "10.1.2"])
def test_nothing_else_is_taken_for_private(tmp_path: Path, address: str) -> None:
    path = countries(tmp_path / "c.mmdb", CN="1.0.1.0/24")
    assert Places(path, private="CN").place(address) == NOWHERE
