"""Who made a new passkey, where it says so: the maker's chain to the roots of that model, and the model it names.

Spec: WebAuthn Level 3 §6.5.4, §7.1 steps 21 to 24, §8.2.1 (packed), §8.3.1 (TPM). Without roots of its model nothing
is proved, and the passkey is as good as one that tells nothing. Does not say where roots come from
(`idp.flows.admin.models`) nor who needs attested ones (`idp.authn.authenticator_policy`).
"""

from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from webauthn import verify_registration_response
from webauthn.helpers import aaguid_to_string, parse_attestation_object, parse_registration_credential_json
from webauthn.helpers.structs import AttestationFormat, AttestationObject
from webauthn.registration.verify_registration_response import VerifiedRegistration

from idp.errors import ProofRejected
from idp.model import AuthenticatorModel

NAMED = x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4")
"""`id-fido-gen-ce-aaguid`: the model that a certificate is for. Spec: WebAuthn Level 3 §8.2.1."""
NAMING = frozenset({AttestationFormat.PACKED, AttestationFormat.TPM})
"""Formats whose certificates name the model: one maker's root stands behind many of them."""


def verify(
    rp_id: str,
    origins: Sequence[str],
    response: str,
    challenge: bytes,
    model_of: Callable[[str], AuthenticatorModel | None],
) -> tuple[VerifiedRegistration, bool]:
    """The registration, and whether its model is proved.

    Raises: ProofRejected: a chain that does not lead to its model's maker, or is for another model. WebAuthnException
        and ValueError: anything else that is wrong.
    """
    told = parse_attestation_object(parse_registration_credential_json(response).response.attestation_object)
    chain = list(told.att_stmt.x5c or [])
    model = model_of(_aaguid(told)) if chain else None
    roots = model.roots if model is not None else ()
    pinned = bool(chain) and chain[0] in roots  # metadata may name the very certificate instead of a root
    anchors = [] if pinned else [_pem(root) for root in roots]
    verified = verify_registration_response(
        credential=response,
        expected_challenge=challenge,
        expected_rp_id=rp_id,
        expected_origin=list(origins),
        require_user_verification=True,
        pem_root_certs_bytes_by_fmt=dict.fromkeys(AttestationFormat, anchors),
    )
    if not roots:
        return verified, False
    if verified.fmt in NAMING:
        _require_named(chain[0], told, pinned)
    return verified, True


def _require_named(leaf: bytes, told: AttestationObject, pinned: bool) -> None:
    """The certificate is for the model that the passkey says it is."""
    certificate = x509.load_der_x509_certificate(leaf)
    try:
        named = certificate.extensions.get_extension_for_oid(NAMED)
    except x509.ExtensionNotFound:
        if pinned:
            return
        raise ProofRejected("registration: the attestation certificate names no model") from None
    value = named.value.value if isinstance(named.value, x509.UnrecognizedExtension) else b""
    if named.critical or value[:2] != b"\x04\x10" or aaguid_to_string(value[2:]) != _aaguid(told):
        raise ProofRejected("registration: the attestation certificate is for another model")


def _aaguid(told: AttestationObject) -> str:
    held = told.auth_data.attested_credential_data
    return aaguid_to_string(held.aaguid) if held is not None else ""


def _pem(root: bytes) -> bytes:
    return x509.load_der_x509_certificate(root).public_bytes(Encoding.PEM)
