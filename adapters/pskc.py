"""Makers' files of hardware tokens: serials, seeds and shapes out of a Portable Symmetric Key Container.

Obeys RFC 6030: plain values, AES-CBC under a pre-shared key (§6.1) or one derived from a passphrase by PBKDF2 (§6.2),
and a MAC over each encrypted seed (§6.3), which is always asked for. The XML is read by expat alone: a file with a
document type, and so with entities, is refused before anything of it is believed.
Deliberately not here: asymmetric keys, signatures of the container, counters (HOTP), and limits of use that nobody
would keep later: a key with such a policy is refused. Where tokens are kept is not known here.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from idp.model import CodeAlgorithm, HardwareToken
from idp.secret import Secret

PSKC = "urn:ietf:params:xml:ns:keyprov:pskc"
TOTP = f"{PSKC}:totp"
_XENC, _DSIG = "http://www.w3.org/2001/04/xmlenc#", "http://www.w3.org/2000/09/xmldsig#"
_PBKDF2 = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2"
_CIPHERS: Final[dict[str, int]] = {f"{_XENC}aes{bits}-cbc": bits // 8 for bits in (128, 192, 256)}
_MACS: Final[dict[str, str]] = {
    f"{_DSIG}hmac-sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": "sha256",
}
LONGEST = 32 * 1024 * 1024
"""Octets of a file: some tens of thousands of tokens."""
DEEPEST = 32
MOST_ITERATIONS = 10_000_000
LEAST_SEED = 16
"""Octets. Spec: RFC 4226 §4 R6."""
SERIAL = re.compile(r"[A-Z0-9][A-Z0-9._/-]{0,63}")


class WrongTokenFile(ValueError):
    """The file cannot be used; the words say which element of which token, and never a secret."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """What opens seeds, and what proves them. None: nothing in this file is encrypted."""

    encryption: bytes | None
    mac: bytes | None
    digest: str


def read(
    octets: bytes, now: datetime, *, key: Secret[bytes] | None = None, passphrase: Secret[str] | None = None
) -> tuple[HardwareToken, ...]:
    """All tokens of a file, each sound, or none.

    Raises: WrongTokenFile.
    Spec: RFC 6030 §4, §6.
    """
    container = _tree(octets)
    if _local(container) != "KeyContainer" or not container.tag.startswith(f"{{{PSKC}}}"):
        raise WrongTokenFile("this is no PSKC file: its outermost element is not a KeyContainer of RFC 6030")
    keys = _keys(container, key, passphrase)
    found = [_token(package, keys, now) for package in _children(container, "KeyPackage")]
    if not found:
        raise WrongTokenFile("KeyContainer: there is no KeyPackage in it")
    serials = [one.serial for one in found]
    if len(set(serials)) != len(serials):
        twice = next(one for one in serials if serials.count(one) > 1)
        raise WrongTokenFile(f"token {twice}: SerialNo: it stands in the file twice")
    return tuple(found)


def clean_serial(typed: str) -> str:
    """A serial as it is kept: capitals, without the spaces that are printed between its groups."""
    return "".join(typed.split()).upper()


def _token(package: Element, keys: _Keys, now: datetime) -> HardwareToken:
    serial = clean_serial(_text(package, "DeviceInfo", "SerialNo") or "")
    if not SERIAL.fullmatch(serial):
        raise WrongTokenFile(f"DeviceInfo/SerialNo: {serial[:64]!r} is no serial number")
    try:
        return _sound(package, keys, serial, now)
    except WrongTokenFile as wrong:
        raise WrongTokenFile(f"token {serial}: {wrong}") from wrong


def _sound(package: Element, keys: _Keys, serial: str, now: datetime) -> HardwareToken:
    key = _child(package, "Key")
    if key is None or key.get("Algorithm") != TOTP:
        raise WrongTokenFile("Key: its Algorithm is not that of time-based codes (pskc:totp)")
    _require_in_force(key, now)
    algorithm, digits = _shape(key)
    period = _number(key, "TimeInterval", 30)
    if period not in (30, 60):
        raise WrongTokenFile(f"Data/TimeInterval: {period} seconds; 30 and 60 are known")
    if _number(key, "Time", 0) != 0:
        raise WrongTokenFile("Data/Time: its clock does not count from the epoch")
    seed = _seed(_child(key, "Data", "Secret"), keys)
    if len(seed) < LEAST_SEED:
        raise WrongTokenFile(f"Data/Secret: {len(seed) * 8} bits, 128 are the least")
    return HardwareToken(serial, Secret(seed), algorithm, digits, period, now)


def _shape(key: Element) -> tuple[CodeAlgorithm, int]:
    """Spec: RFC 6030 §4.3.4 (ResponseFormat, Suite)."""
    form = _child(key, "AlgorithmParameters", "ResponseFormat")
    length, encoding = (form.get("Length"), form.get("Encoding")) if form is not None else (None, None)
    if length not in ("6", "8") or encoding != "DECIMAL":
        raise WrongTokenFile("AlgorithmParameters/ResponseFormat: six or eight DECIMAL digits are known")
    if form is not None and form.get("CheckDigits") in ("true", "1"):
        raise WrongTokenFile("AlgorithmParameters/ResponseFormat: check digits are not known")
    suite = _text(key, "AlgorithmParameters", "Suite") or "HMAC-SHA1"
    named = re.fullmatch(r"(?:HMAC-?)?(SHA)-?(1|256|512)", suite.strip().upper())
    if named is None:
        raise WrongTokenFile(f"AlgorithmParameters/Suite: {suite[:40]!r}; SHA1, SHA256 and SHA512 are known")
    return cast(CodeAlgorithm, named[1] + named[2]), int(length)


def _require_in_force(key: Element, now: datetime) -> None:
    """Spec: RFC 6030 §5: what is not understood forbids the use of the key."""
    policy = _child(key, "Policy")
    for limit in policy if policy is not None else ():
        name, said = _local(limit), (limit.text or "").strip()
        if name in ("StartDate", "ExpiryDate"):
            if (now < _moment(said, name)) is (name == "StartDate"):
                raise WrongTokenFile(f"Policy/{name}: not in force, by {said}")
        elif name != "KeyUsage" or said != "OTP":
            raise WrongTokenFile(f"Policy/{name}: a limit of use that would not be kept here")


def _moment(said: str, name: str) -> datetime:
    try:
        at = datetime.fromisoformat(said)
    except ValueError as error:
        raise WrongTokenFile(f"Policy/{name}: no date of XML Schema") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _seed(secret: Element | None, keys: _Keys) -> bytes:
    if secret is None:
        raise WrongTokenFile("Data/Secret: it is missing")
    plain, sealed = _child(secret, "PlainValue"), _child(secret, "EncryptedValue")
    if (plain is None) == (sealed is None):
        raise WrongTokenFile("Data/Secret: one of PlainValue and EncryptedValue is wanted")
    if plain is not None:
        return _octets(plain.text, "Data/Secret/PlainValue")
    return _decrypted(cast(Element, sealed), _text(secret, "ValueMAC"), keys)


def _decrypted(sealed: Element, said: str | None, keys: _Keys) -> bytes:
    """The MAC first: nothing is decrypted that the maker did not write. Spec: RFC 6030 §6.3."""
    if keys.encryption is None:
        raise WrongTokenFile("Data/Secret/EncryptedValue: encrypted; its key or its passphrase was not given")
    if said is None or keys.mac is None:
        raise WrongTokenFile("Data/Secret/ValueMAC: it is missing, so that the seed could have been changed")
    octets = _octets(_text(sealed, "CipherData", "CipherValue"), "Data/Secret/EncryptedValue")
    if not hmac.compare_digest(hmac.digest(keys.mac, octets, keys.digest), _octets(said, "Data/Secret/ValueMAC")):
        raise WrongTokenFile("Data/Secret/ValueMAC: it is not right: another key or passphrase, or a changed file")
    return _opened(sealed, octets, keys.encryption, "Data/Secret/EncryptedValue")


def _keys(container: Element, key: Secret[bytes] | None, passphrase: Secret[str] | None) -> _Keys:
    encryption = key.reveal() if key else _derived(_child(container, "EncryptionKey", "DerivedKey"), passphrase)
    method = _child(container, "MACMethod")
    if encryption is None or method is None:
        return _Keys(encryption, None, "sha1")
    digest = _MACS.get(method.get("Algorithm", ""))
    if digest is None:
        raise WrongTokenFile("MACMethod: HMAC-SHA1 and HMAC-SHA256 are known")
    sealed = _child(method, "MACKey")
    if sealed is None:
        return _Keys(encryption, encryption, digest)
    octets = _octets(_text(sealed, "CipherData", "CipherValue"), "MACMethod/MACKey")
    return _Keys(encryption, _opened(sealed, octets, encryption, "MACMethod/MACKey"), digest)


def _derived(told: Element | None, passphrase: Secret[str] | None) -> bytes | None:
    """Spec: RFC 6030 §6.2, RFC 8018 §5.2."""
    if passphrase is None:
        return None
    method = _child(told, "KeyDerivationMethod") if told is not None else None
    if method is None or method.get("Algorithm") != _PBKDF2:
        raise WrongTokenFile("EncryptionKey/DerivedKey: this file is not sealed by a passphrase (PBKDF2)")
    parameters = _child(method, "PBKDF2-params")
    if parameters is None:
        raise WrongTokenFile("PBKDF2-params: they are missing")
    salt = _octets(_text(parameters, "Salt", "Specified"), "PBKDF2-params/Salt")
    rounds, length = (_decimal(_text(parameters, name), name) for name in ("IterationCount", "KeyLength"))
    prf = _child(parameters, "PRF")
    by_sha256 = prf is not None and "sha256" in prf.get("Algorithm", "").lower()
    if not 1 <= rounds <= MOST_ITERATIONS or length not in _CIPHERS.values():
        raise WrongTokenFile("PBKDF2-params: an IterationCount or KeyLength that is not known")
    kdf = PBKDF2HMAC(hashes.SHA256() if by_sha256 else hashes.SHA1(), length, salt, rounds)  # noqa: S303  the file's
    return kdf.derive(passphrase.reveal().encode())


def _opened(sealed: Element, octets: bytes, key: bytes, where: str) -> bytes:
    """AES-CBC with its IV in front, PKCS#7 padded. Spec: XML Encryption 1.0 §5.2."""
    method = _child(sealed, "EncryptionMethod")
    length = _CIPHERS.get(method.get("Algorithm", "") if method is not None else "")
    if length is None:
        raise WrongTokenFile(f"{where}: AES in CBC mode is known")
    if len(key) != length:
        raise WrongTokenFile(f"{where}: the key has {len(key) * 8} bits, {length * 8} are wanted")
    try:
        decryptor = Cipher(algorithms.AES(key), modes.CBC(octets[:16])).decryptor()
        padded = decryptor.update(octets[16:]) + decryptor.finalize()
        padding = PKCS7(128).unpadder()
        return padding.update(padded) + padding.finalize()
    except ValueError as error:
        raise WrongTokenFile(f"{where}: it does not open: another key or passphrase") from error


def _number(key: Element, name: str, usual: int) -> int:
    element = _child(key, "Data", name)
    if element is None:
        return usual
    return _decimal(_text(element, "PlainValue"), f"Data/{name}/PlainValue")


def _decimal(text: str | None, where: str) -> int:
    said = (text or "").strip()
    if not re.fullmatch(r"[0-9]{1,9}", said):
        raise WrongTokenFile(f"{where}: a number is wanted")
    return int(said)


def _octets(text: str | None, where: str) -> bytes:
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongTokenFile(f"{where}: not base64") from error


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: Element, name: str) -> Iterator[Element]:
    """By local name: makers differ in the namespaces of what stands inside."""
    return (one for one in element if _local(one) == name)


def _child(element: Element, *path: str) -> Element | None:
    """The one element there. Raises WrongTokenFile: there are several, and each reader would take another."""
    found: Element | None = element
    for name in path:
        several = list(_children(found, name)) if found is not None else []
        if len(several) > 1:
            raise WrongTokenFile(f"{name}: it stands there more than once")
        found = several[0] if several else None
    return found


def _text(element: Element, *path: str) -> str | None:
    found = _child(element, *path)
    return None if found is None else (found.text or "")


def _tree(octets: bytes) -> Element:
    """The elements, without a document type, processing instructions or a depth that nobody needs."""
    if len(octets) > LONGEST:
        raise WrongTokenFile(f"the file is longer than {LONGEST // 1024 // 1024} MiB")
    builder, depth = TreeBuilder(), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise WrongTokenFile(f"elements lie more than {DEEPEST} deep")
        builder.start(f"{{{name}" if "}" in name else name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(f"{{{name}" if "}" in name else name)

    def refuse(*_: object) -> None:
        raise WrongTokenFile("the file has a document type or entities: makers' files need none, attackers' do")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse  # type: ignore[assignment]
    try:
        parser.Parse(octets, True)
    except expat.ExpatError as error:
        raise WrongTokenFile(f"not well-formed XML: {error}") from error
    return builder.close()
