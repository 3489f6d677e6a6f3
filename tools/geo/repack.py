"""Repack a free country database into the shape that geoip2 reads, and compress it for shipping.

Run by a maintainer, never by `make run` or the server. The input is `geo-whois-asn-country.mmdb` of the npm package
`@ip-location-db/geo-whois-asn-country-mmdb`, whose records are `{"country_code": "SG"}`; geoip2's `.country()` wants
`{"country": {"iso_code": "SG"}}` under the database type `GeoLite2-Country`. Half a minute and 1 GB of memory.

    npm pack @ip-location-db/geo-whois-asn-country-mmdb     # npm verifies the tarball against the registry's hash
    tar xzf ip-location-db-geo-whois-asn-country-mmdb-*.tgz
    python tools/geo/repack.py package/geo-whois-asn-country.mmdb adapters/geodata/country.mmdb.xz

Afterwards write the version and the SHA-256 that it prints into `adapters/geodata/NOTICE`.

Spec: MaxMind DB file format 2.0. It deliberately does not download, merge sources or correct what the source says.
"""

import argparse
import hashlib
import lzma
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import maxminddb
from mmdb_writer import MMDBWriter, SearchTreeLeaf, SearchTreeNode

ISO_CODE = re.compile(r"[A-Z]{2}")
DATABASE_TYPE = "GeoLite2-Country"  # geoip2 picks its method by this name; the content is not MaxMind's
DESCRIPTION = "Countries of IP networks, repacked from ip-location-db geo-whois-asn-country; see NOTICE"


def networks(source: Path) -> Iterator[tuple[str, int, int, str]]:
    """Each network of the source as (text, first bits as a number, prefix length in the IPv6 tree, country code).

    Raises:
        ValueError: a record is not of the expected shape; nothing is guessed.
    """
    with maxminddb.open_database(source) as reader:
        for network, record in reader:
            code = record.get("country_code") if isinstance(record, dict) else None
            if not isinstance(code, str) or not ISO_CODE.fullmatch(code):
                raise ValueError(f"{source}: {network}: expected a two-letter country_code, found {record!r}")
            prefix = network.prefixlen + (96 if network.version == 4 else 0)
            yield str(network), int(network.network_address), prefix, code


def repack(source: Path, target: Path) -> int:
    """Write `target` in MaxMind's shape; answer how many networks it holds.

    The tree is grown here and written by mmdb-writer: its own `insert_network` needs a netaddr object for each
    network and takes several times as long. One leaf object for each country, so that the data section holds it once.
    """
    writer = MMDBWriter(
        ip_version=6, ipv4_compatible=True, database_type=DATABASE_TYPE, languages=["en"], description=DESCRIPTION
    )
    leaves: dict[str, SearchTreeLeaf] = {}
    count = 0
    for text, address, prefix, code in networks(source):
        leaf = leaves.setdefault(code, SearchTreeLeaf({"country": {"iso_code": code}}))
        _insert(writer.tree, text, address, prefix, leaf)
        count += 1
    _merge(writer.tree)
    writer.to_db_file(str(target))
    return count


def _insert(tree: SearchTreeNode, text: str, address: int, prefix: int, leaf: SearchTreeLeaf) -> None:
    node = tree
    for depth in range(prefix - 1):
        child = node.get_or_create((address >> (127 - depth)) & 1)
        if not isinstance(child, SearchTreeNode):
            raise ValueError(f"{text} lies inside another network of the source")
        node = child
    bit = (address >> (128 - prefix)) & 1
    if node[bit] is not None:
        raise ValueError(f"{text} overlaps another network of the source")
    node[bit] = leaf


def _merge(node: SearchTreeNode) -> SearchTreeNode | SearchTreeLeaf:
    """Replace each pair of neighbours with the same country by their parent network."""
    for bit in (0, 1):
        child = node[bit]
        if isinstance(child, SearchTreeNode):
            node[bit] = _merge(child)
    same = isinstance(node.left, SearchTreeLeaf) and node.left is node.right
    return node.left if same and isinstance(node.left, SearchTreeLeaf) else node


def compress(source: Path, target: Path) -> str:
    """Write `source` as xz to `target`, atomically; answer the SHA-256 of the uncompressed bytes."""
    plain = source.read_bytes()
    packed = lzma.compress(plain, format=lzma.FORMAT_XZ, check=lzma.CHECK_SHA256, preset=9 | lzma.PRESET_EXTREME)
    partial = target.with_suffix(".partial")
    partial.write_bytes(packed)
    os.replace(partial, target)
    return hashlib.sha256(plain).hexdigest()


def main() -> None:
    """Read the two paths, repack, compress, and print what the NOTICE must say."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("source", type=Path, help="geo-whois-asn-country.mmdb of the npm package")
    parser.add_argument("target", type=Path, help="country.mmdb.xz to write")
    paths = parser.parse_args()
    with maxminddb.open_database(paths.source) as reader:
        built = datetime.fromtimestamp(reader.metadata().build_epoch, UTC)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "country.mmdb"
        count = repack(paths.source, plain)
        digest = compress(plain, paths.target)
        print(f"source built   {built:%Y-%m-%d}\nnetworks       {count}")
        print(f"plain          {plain.stat().st_size} bytes, SHA-256 {digest}")
        print(f"compressed     {paths.target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
