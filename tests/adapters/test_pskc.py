"""Makers' token files. Encrypted examples: RFC 6030 Figures 6 and 7, with the algorithm of time-based codes."""

import base64
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.pskc import WrongTokenFile, read
from idp.secret import Secret

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SEED = b"12345678901234567890"
KEY = Secret(bytes.fromhex("12345678901234567890123456789012"))
NAMES = (
    'xmlns="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
    'xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" '
    'xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#"'
)
AES = '<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
PRESHARED = "<EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></EncryptionKey>"
DERIVED = """<EncryptionKey><xenc11:DerivedKey><xenc11:KeyDerivationMethod
 Algorithm="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"><pkcs5:PBKDF2-params>
 <Salt><Specified>Ej7/PEpyEpw=</Specified></Salt><IterationCount>1000</IterationCount><KeyLength>16</KeyLength><PRF/>
</pkcs5:PBKDF2-params></xenc11:KeyDerivationMethod></xenc11:DerivedKey></EncryptionKey>"""


def sealed(cipher: str) -> str:
    return f"{AES}<xenc:CipherData><xenc:CipherValue>\n {cipher}\n</xenc:CipherValue></xenc:CipherData>"


def macs(key: str) -> str:
    return (
        f'<MACMethod Algorithm="http://www.w3.org/2000/09/xmldsig#hmac-sha1"><MACKey>{sealed(key)}</MACKey></MACMethod>'
    )


def plain(seed: bytes = SEED) -> str:
    return f"<PlainValue>{base64.b64encode(seed).decode()}</PlainValue>"


def package(secret: str, serial: str = "987654321", more: str = "", digits: str = "8", suite: str = "") -> str:
    return f"""<KeyPackage><DeviceInfo><Manufacturer>Acme</Manufacturer><SerialNo>{serial}</SerialNo></DeviceInfo>
<Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><AlgorithmParameters>{suite}
<ResponseFormat Length="{digits}" Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret>{secret}</Secret></Data>{more}</Key></KeyPackage>"""


def container(*inside: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}\n<KeyContainer Version="1.0" {NAMES}>{"".join(inside)}</KeyContainer>'.encode()


OVER = "<Policy><ExpiryDate>2020-01-01T00:00:00Z</ExpiryDate></Policy>"
FIGURE_6 = container(
    PRESHARED,
    macs("ESIzRFVmd4iZABEiM0RVZgKn6WjLaTC1sbeBMSvIhRejN9vJa2BOlSaMrR7I5wSX"),
    package(
        f"<EncryptedValue>{sealed('AAECAwQFBgcICQoLDA0OD+cIHItlB3Wra1DUpxVvOx2lef1VmNPCMl8jwZqIUqGv')}</EncryptedValue>"
        "<ValueMAC>Su+NvtQfmvfJzF6bmQiJqoLRExc=</ValueMAC>"
    ),
)
FIGURE_7 = container(
    DERIVED,
    macs("2GTTnLwM3I4e5IO5FkufoOEiOhNj91fhKRQBtBJYluUDsPOLTfUvoU2dStyOwYZx"),
    package(
        f"<EncryptedValue>{sealed('oTvo+S22nsmS2Z/RtcoF8Hfh+jzMe0RkiafpoDpnoZTjPYZu6V+A4aEn032yCr4f')}</EncryptedValue>"
        "<ValueMAC>LP6xMvjtypbfT9PdkJhBZ+D6O4w=</ValueMAC>"
    ),
)


def test_a_plain_file() -> None:
    one, two = read(
        container(
            package(plain(), " ge-00 01 ", digits="6"),
            package(plain(b"x" * 32), "GE-0002", suite="<Suite>HMAC-SHA256</Suite>"),
        ),
        NOW,
    )
    assert (one.serial, one.secret.reveal(), one.algorithm, one.digits, one.period) == ("GE-0001", SEED, "SHA1", 6, 30)
    assert (two.serial, two.algorithm, two.digits, two.imported_at) == ("GE-0002", "SHA256", 8, NOW)


def test_a_file_under_a_key_that_was_agreed_on() -> None:
    (one,) = read(FIGURE_6, NOW, key=KEY)
    assert (one.serial, one.secret.reveal(), one.digits) == ("987654321", SEED, 8)


def test_a_file_under_a_passphrase() -> None:
    (one,) = read(FIGURE_7, NOW, passphrase=Secret("qwerty"))
    assert one.secret.reveal() == SEED


@pytest.mark.parametrize(
    ("octets", "how", "told"),
    [
        (FIGURE_6, {}, r"token 987654321: Data/Secret/EncryptedValue: .* not given"),
        (FIGURE_6, {"key": Secret(b"k" * 16)}, r"MACMethod/MACKey: it does not open|ValueMAC: it is not right"),
        (FIGURE_6, {"key": Secret(b"short")}, r"MACMethod/MACKey: the key has 40 bits, 128 are wanted"),
        (FIGURE_7, {"passphrase": Secret("qwertz")}, r"MACKey: it does not open|ValueMAC: it is not right"),
        (FIGURE_6, {"passphrase": Secret("qwerty")}, r"EncryptionKey/DerivedKey: .* not sealed by a passphrase"),
        (
            FIGURE_6.replace(b"AAECAw", b"AAECAx"),
            {"key": KEY},
            r"token 987654321: Data/Secret/ValueMAC: it is not right",
        ),
        (re.sub(rb"<ValueMAC>.*?</ValueMAC>", b"", FIGURE_6), {"key": KEY}, r"ValueMAC: it is missing"),
        (re.sub(rb"<MACMethod.*?</MACMethod>", b"", FIGURE_6, flags=re.S), {"key": KEY}, r"ValueMAC: it is missing"),
        (FIGURE_6.replace(b"hmac-sha1", b"hmac-md5"), {"key": KEY}, r"MACMethod: HMAC-SHA1"),
        (FIGURE_6.replace(b"aes128-cbc", b"tripledes-cbc"), {"key": KEY}, r"AES in CBC mode is known"),
        (FIGURE_7.replace(b">1000<", b">99999999<"), {"passphrase": Secret("qwerty")}, r"PBKDF2-params"),
    ],
)
def test_what_is_encrypted_opens_for_whom_it_was_made(octets: bytes, how: dict[str, object], told: str) -> None:
    with pytest.raises(WrongTokenFile, match=told):
        read(octets, NOW, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"", "not well-formed"),
        (b"<KeyContainer/>", "no PSKC file"),
        (container(), "no KeyPackage"),
        (container(package(plain(), "")), "SerialNo: '' is no serial"),
        (container(package(plain(), "<![CDATA[<script>]]>")), "no serial"),
        (container(package(plain()), package(plain())), "token 987654321: SerialNo: it stands in the file twice"),
        (container(package(plain()).replace("pskc:totp", "pskc:hotp")), "token 987654321: Key: its Algorithm"),
        (container(package(plain(), digits="7")), "ResponseFormat: six or eight"),
        (container(package(plain(), suite="<Suite>HMAC-MD5</Suite>")), "Suite"),
        (container(package(plain(b"short"))), "Data/Secret: 40 bits, 128 are the least"),
        (container(package("<PlainValue>?</PlainValue>")), "Data/Secret/PlainValue: not base64"),
        (container(package("")), "one of PlainValue and EncryptedValue"),
        (container(package(plain() + plain())), "PlainValue: it stands there more than once"),
        (
            container(
                package(plain()).replace("</Data>", "<TimeInterval><PlainValue>15</PlainValue></TimeInterval></Data>")
            ),
            "TimeInterval: 15 seconds",
        ),
        (container(package(plain()).replace("</Data>", "<Time><PlainValue>9</PlainValue></Time></Data>")), "Data/Time"),
        (container(package(plain(), more="<Policy><PINPolicy/></Policy>")), "Policy/PINPolicy: a limit"),
        (container(package(plain(), more=OVER)), "ExpiryDate: not in force"),
        (
            container(package(plain(), more="<Policy><StartDate>2030-01-01</StartDate></Policy>")),
            "StartDate: not in force",
        ),
        (container("<a>" * 40 + "</a>" * 40), "deep"),
    ],
)
def test_what_is_not_sound_is_told_by_element_and_serial(octets: bytes, told: str) -> None:
    with pytest.raises(WrongTokenFile, match=told):
        read(octets, NOW)


def test_a_policy_in_force_is_no_hindrance() -> None:
    policy = (
        "<Policy><StartDate>2012-08-01T00:00:00Z</StartDate><ExpiryDate>2037-12-31T00:00:00Z</ExpiryDate>"
        "<KeyUsage>OTP</KeyUsage></Policy>"
    )
    assert len(read(container(package(plain(), more=policy)), NOW)) == 1


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE k SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE k [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE k [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE k [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
    ],
)
def test_a_document_type_is_refused_before_anything_else(attack: str) -> None:
    octets = container(package(plain())).replace(b"\n<KeyContainer", f"\n{attack}<KeyContainer".encode())
    with pytest.raises(WrongTokenFile, match="document type"):
        read(octets, NOW)


@given(st.binary(max_size=400), st.integers(0, 2000))
@settings(max_examples=200)
def test_whatever_stands_in_a_file_it_is_read_or_refused(noise: bytes, at: int) -> None:
    for octets in (noise, FIGURE_6[:at] + noise + FIGURE_6[at:]):
        try:
            read(octets, NOW, key=KEY)
        except WrongTokenFile as wrong:
            assert SEED.decode() not in str(wrong)
