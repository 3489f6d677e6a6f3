"""FIDO metadata: the signed blob that an operator downloads, read entry by entry. Never fetched by us.

Spec: FIDO Metadata Service 3.1 §3.1.6 to §3.1.8, FIDO Metadata Statement 3.1, RFC 7515, RFC 5280 §6. The signature's
chain must lead to the root that the operator gave, and its leaf must be the metadata service's own name: that root
signs for others too. A bad entry is left out and told; a bad envelope is refused whole. Deliberately asks no revocation
list, and decides nothing about models (`idp.flows.admin.models`).
"""

import base64
import json
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from idp.flows.admin.models import BadEntry, Metadata
from idp.model import AuthenticatorModel

SIGNER = "mds.fidoalliance.org"
LONGEST = 64 * 1024 * 1024
"""Octets; the blob of 2026 has nine million."""
IN_HARDWARE = frozenset({"hardware", "secure_element", "tee"})
LONGEST_NAME, MOST_ROOTS = 120, 60


class WrongMetadata(ValueError):
    """The blob cannot be believed; the text says why and how to mend it."""


def read(blob: bytes, root: bytes, now: datetime, signer: str = SIGNER) -> Metadata:
    """What the blob says, after its signature.

    Args:
        root: PEM or DER of the root certificate that is trusted for this.
        signer: the DNS name in the signing certificate.
    Raises: WrongMetadata.
    """
    if len(blob) > LONGEST:
        raise WrongMetadata("the file is too large to be FIDO metadata")
    parts = blob.strip().split(b".")
    if len(parts) != 3:
        raise WrongMetadata("the file is not a signed blob (three parts with dots between): download it again")
    header, body = _json(parts[0], "header"), _json(parts[1], "content")
    chain = _chain(header)
    _require_chain(chain, _root(root), now)
    _require_name(chain[0], signer)
    _require_signature(header.get("alg"), chain[0], parts)
    return _metadata(body, now)


def _metadata(body: dict[str, Any], now: datetime) -> Metadata:
    serial, entries = body.get("no"), body.get("entries")
    if not isinstance(serial, int) or serial < 1 or not isinstance(entries, list):
        raise WrongMetadata("the blob has no number or no entries: it is not FIDO metadata 3")
    try:
        due = date.fromisoformat(str(body["nextUpdate"]))
    except (KeyError, ValueError) as error:
        raise WrongMetadata("the blob does not say when its next update is") from error
    models: dict[str, AuthenticatorModel] = {}
    refused: list[BadEntry] = []
    for place, entry in enumerate(entries):
        try:
            model = _model(entry, serial, now)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            refused.append(BadEntry(place, _called(entry), f"{type(error).__name__}: {error}"[:200]))
            continue
        if model is not None and model.aaguid in models:
            refused.append(BadEntry(place, _called(entry), "the same model stands there twice"))
        elif model is not None:
            models[model.aaguid] = model
    return Metadata(serial, due, tuple(models.values()), tuple(refused))


def _model(entry: Any, serial: int, now: datetime) -> AuthenticatorModel | None:
    """One FIDO2 model; None for other kinds (UAF, U2F), which have no AAGUID. Raises ValueError and its like."""
    if not isinstance(entry, dict):
        raise TypeError("not an object")
    if "aaguid" not in entry:
        return None
    told = entry["metadataStatement"]
    roots = tuple(_der(root) for root in told.get("attestationRootCertificates", []))
    statuses = tuple(dict.fromkeys(_word(one["status"]) for one in entry["statusReports"]))
    protection = {str(one) for one in told.get("keyProtection", [])}
    name = " ".join("".join(sign for sign in str(told["description"]) if sign.isprintable()).split())
    if not name or len(roots) > MOST_ROOTS:
        raise ValueError("no description, or too many roots")
    return AuthenticatorModel(
        aaguid=_aaguid(entry["aaguid"]),
        name=name[:LONGEST_NAME],
        statuses=statuses,
        hardware=not IN_HARDWARE.isdisjoint(protection) and "software" not in protection,
        roots=roots,
        read_at=now,
        serial=serial,
    )


def _aaguid(text: object) -> str:
    plain = str(text).lower()
    if [len(part) for part in plain.split("-")] != [8, 4, 4, 4, 12] or not set(plain) <= set("0123456789abcdef-"):
        raise ValueError("not an AAGUID")
    return plain


def _word(text: object) -> str:
    if not isinstance(text, str) or not 0 < len(text) <= 60 or not text.replace("_", "").isalnum():
        raise ValueError("not a status")
    return text


def _der(text: str) -> bytes:
    """A certificate that can be read; a root that cannot be is no root."""
    raw = base64.b64decode("".join(text.split()), validate=True)
    x509.load_der_x509_certificate(raw).public_key()
    return raw


def _called(entry: object) -> str:
    return str(entry.get("aaguid", "no AAGUID"))[:60] if isinstance(entry, dict) else "not an object"


def _json(part: bytes, what: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(part))
    except (ValueError, RecursionError) as error:
        raise WrongMetadata(f"the blob's {what} is not JSON: download it again") from error
    if not isinstance(found, dict):
        raise WrongMetadata(f"the blob's {what} is not an object")
    return found


def _decoded(part: bytes) -> bytes:
    return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)


def _chain(header: dict[str, Any]) -> list[x509.Certificate]:
    """The certificates of the header, the signer's first. `x5u` is not followed: nothing is fetched."""
    try:
        found = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in header["x5c"]]
    except (KeyError, ValueError, TypeError) as error:
        raise WrongMetadata("the blob does not carry its certificates (x5c)") from error
    if not 0 < len(found) <= 6:
        raise WrongMetadata("the blob carries no certificate, or too many")
    return found


def _root(given: bytes) -> x509.Certificate:
    try:
        read_ = x509.load_pem_x509_certificate if b"-----BEGIN" in given else x509.load_der_x509_certificate
        return read_(given)
    except ValueError as error:
        raise WrongMetadata("the root is no certificate: give the PEM or DER file of the root") from error


def _require_chain(chain: list[x509.Certificate], root: x509.Certificate, now: datetime) -> None:
    """Each issued by the next, the last by the root (or it is the root), all of them in force."""
    links = chain if chain[-1] == root else [*chain, root]
    for below, above in pairwise(links):
        try:
            below.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise WrongMetadata("the blob's signer does not come from the root that was given") from error
    for depth, one in enumerate(links):
        if not one.not_valid_before_utc <= now.astimezone(UTC) <= one.not_valid_after_utc:
            raise WrongMetadata(f"the certificate {one.subject.rfc4514_string()} is not in force now")
        if depth and not _may_sign(one, depth - 1):
            raise WrongMetadata(f"the certificate {one.subject.rfc4514_string()} may not issue others")


def _may_sign(one: x509.Certificate, below: int) -> bool:
    """Spec: RFC 5280 §6.1.4 (basic constraints, path length, key usage)."""
    try:
        basic = one.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        signs = one.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        signs = True
    return basic.ca and signs and (basic.path_length is None or basic.path_length >= below)


def _require_name(leaf: x509.Certificate, signer: str) -> None:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
        raise WrongMetadata("the signing certificate has no name") from error
    if signer not in names.get_values_for_type(x509.DNSName):
        raise WrongMetadata(f"the blob is signed by somebody else than {signer}")


def _require_signature(alg: object, leaf: x509.Certificate, parts: list[bytes]) -> None:
    """Spec: RFC 7518 §3.3, §3.4. The algorithm follows from the certificate's key, not from the header alone."""
    key, signed = leaf.public_key(), parts[0] + b"." + parts[1]
    try:
        signature = _decoded(parts[2])
        if isinstance(key, rsa.RSAPublicKey) and alg == "RS256" and key.key_size >= 2048:
            key.verify(signature, signed, padding.PKCS1v15(), SHA256())
            return
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1" and alg == "ES256":
            numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
            if len(signature) != 64:
                raise InvalidSignature
            key.verify(encode_dss_signature(*numbers), signed, ec.ECDSA(SHA256()))
            return
    except (InvalidSignature, ValueError) as error:
        raise WrongMetadata("the blob's signature is wrong: it was changed after it was signed") from error
    raise WrongMetadata(f"the blob is signed with {str(alg)[:20]}, which does not go with its certificate")
