"""FIDO metadata: a right blob is read entry by entry; an envelope that is wrong in one thing is refused whole."""

import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import fido
from adapters.fido import WrongMetadata
from idp.flows.admin.models import Metadata
from tests.support.fido import BLUE, NOW, RED, Authority, blob, entry

MAKER, SERVICE = Authority("Maker Root"), Authority("Service Root")
GOOD = [entry(BLUE, "Blue Key 5", MAKER.der), entry(RED, "Red Key", MAKER.der, status="REVOKED")]


def read(told: bytes, root: bytes = SERVICE.pem) -> Metadata:
    return fido.read(told, root, NOW)


def test_a_right_blob_says_its_models() -> None:
    told = read(blob(SERVICE, GOOD))
    assert (told.serial, told.due, told.refused) == (12, date(2026, 12, 24), ())
    blue, red = told.models
    assert (blue.aaguid, blue.name, blue.hardware, blue.roots) == (str(BLUE), "Blue Key 5", True, (MAKER.der,))
    assert (red.statuses, red.serial, red.read_at, red.recalled_at) == (("REVOKED",), 12, NOW, None)
    assert read(blob(SERVICE, GOOD), SERVICE.der) == told


BAD: list[object] = [
    "text",
    {"aaguid": "nonsense", "metadataStatement": {"description": "x"}, "statusReports": []},
    {"aaguid": str(RED)},
    {"aaguid": str(RED), "metadataStatement": {"description": ""}, "statusReports": []},
    {"aaguid": str(RED), "metadataStatement": {"description": "x"}, "statusReports": [{"status": "<b>"}]},
    entry(RED, "Red Key", b"no certificate"),
    entry(BLUE, "Twice", MAKER.der),
]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_entry_is_left_out_and_told(bad: object) -> None:
    told = read(blob(SERVICE, [GOOD[0], bad]))
    assert [one.aaguid for one in told.models] == [str(BLUE)]
    (refused,) = told.refused
    assert refused.place == 1
    assert refused.problem


def test_other_kinds_of_authenticators_are_no_errors() -> None:
    told = read(blob(SERVICE, [{"aaid": "4e4e#4005"}, {"attestationCertificateKeyIdentifiers": ["a"]}, GOOD[0]]))
    assert (len(told.models), told.refused) == (1, ())


def test_a_name_shows_no_hidden_signs() -> None:
    (model,) = read(blob(SERVICE, [entry(BLUE, "Blue\u202e \x07Key\n5", MAKER.der)])).models
    assert model.name == "Blue Key5"


def changed(told: bytes, part: int, value: bytes) -> bytes:
    parts = told.split(b".")
    parts[part] = urlsafe_b64encode(value).rstrip(b"=")
    return b".".join(parts)


def with_content(**more: object) -> bytes:
    """The blob with another content under the old signature."""
    told = blob(SERVICE, GOOD)
    body = json.loads(urlsafe_b64decode(told.split(b".")[1] + b"=="))
    return changed(told, 1, json.dumps(body | more).encode())


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (b"", "not a signed blob"),
        (b"a.b", "not a signed blob"),
        (b"a.b.c.d", "not a signed blob"),
        (b"!!.e30.AA", "header is not JSON"),
        (b"e30.e30.AA", "certificates"),
        (changed(blob(SERVICE, GOOD), 1, b'{"no": 12, "entries": [{'), "content is not JSON"),
        (changed(blob(SERVICE, GOOD), 1, b"[" * 50_000), "content is not JSON"),
        (changed(blob(SERVICE, GOOD), 1, b"[]"), "not an object"),
        (with_content(no=99), "signature is wrong"),
        (with_content(entries=[]), "signature is wrong"),
        (changed(blob(SERVICE, GOOD), 2, b"\0" * 64), "signature is wrong"),
        (changed(blob(SERVICE, GOOD), 2, b""), "signature is wrong"),
        (blob(SERVICE, GOOD, alg="none"), "does not go with"),
        (blob(SERVICE, GOOD, alg="RS256"), "does not go with"),
        (blob(SERVICE, GOOD, alg="HS256"), "does not go with"),
        (blob(SERVICE, GOOD, dns="mds.fidoalliance.org.evil.example"), "somebody else"),
        (blob(SERVICE, GOOD, days=(-20, -1)), "not in force"),
        (blob(SERVICE, GOOD, days=(1, 20)), "not in force"),
        (blob(Authority("Service Root"), GOOD), "does not come from the root"),
        (blob(SERVICE, GOOD, number=0), "no number"),
        (blob(SERVICE, {}), "no entries"),  # type: ignore[arg-type]
    ],
    ids=range(21),
)
def test_a_wrong_envelope_is_refused_whole(told: bytes, why: str) -> None:
    with pytest.raises(WrongMetadata, match=why):
        read(told)


def test_a_root_that_is_over_or_no_certificate_is_no_root() -> None:
    old = Authority("Old", days=(-20, -1))
    with pytest.raises(WrongMetadata, match="not in force"):
        read(blob(old, GOOD, days=(-10, 10)), old.pem)
    with pytest.raises(WrongMetadata, match="no certificate"):
        read(blob(SERVICE, GOOD), b"nonsense")


def test_a_leaf_may_not_issue_another_leaf() -> None:
    """Whoever has any certificate of that root is no metadata service."""
    middle = Authority("Middle")
    middle_cert = SERVICE.issue("Middle", middle.key.public_key(), ca=False)
    told = blob(middle, GOOD).split(b".")
    header = json.loads(urlsafe_b64decode(told[0] + b"=="))
    header["x5c"].append(b64encode(middle_cert.public_bytes(Encoding.DER)).decode())
    told[0] = urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")
    with pytest.raises(WrongMetadata, match=r"root|issue"):
        read(b".".join(told))


@settings(max_examples=60, deadline=timedelta(seconds=5))
@given(st.binary(max_size=300), st.integers(0, 2))
def test_noise_is_refused_and_nothing_else_happens(noise: bytes, part: int) -> None:
    with pytest.raises(WrongMetadata):
        read(changed(blob(SERVICE, GOOD), part, noise))
    with pytest.raises(WrongMetadata):
        read(noise)
