"""Passkeys and security keys, through py_webauthn. Spec: WebAuthn Level 3 §7.1, §7.2.

User verification is always required: a passkey is two factors by itself. What a passkey says of its maker is believed
only where a chain proves it (`idp.authn.attestation`). Does not keep challenges or counters: the flow keeps the
challenge in the interaction, the store moves the counter.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialHint,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from idp.authn import attestation
from idp.errors import ProofRejected
from idp.model import AAL2_PHR, AAL3, Authenticator, AuthenticatorKind, AuthenticatorModel

HINTS = {"internal": "client-device", "hybrid": "hybrid", "usb": "security-key", "nfc": "security-key"}
"""How a passkey was reached when it was made → where a browser should look first. Spec: WebAuthn Level 3 §5.8.7."""
ModelOf = Callable[[str], AuthenticatorModel | None]


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is bound to: the host of the issuer or a domain above it, and the origins that may use it."""

    id: str
    name: str
    origin: str
    related: tuple[str, ...] = ()

    @property
    def origins(self) -> list[str]:
        """Our own, then those that the operator named."""
        return [self.origin, *self.related]


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey: its id, the state that later assertions are verified with, and what it says of its maker.

    aaguid: None where the browser or the authenticator does not tell. model: what is known of that model.
    """

    credential_id: str
    state: dict[str, object]
    aaguid: str | None = None
    model: AuthenticatorModel | None = None


def assertion_options(party: RelyingParty, challenge: bytes, known: Sequence[Authenticator]) -> str:
    """JSON of PublicKeyCredentialRequestOptions. An empty `known` asks for any discoverable passkey."""
    options = options_to_json(
        generate_authentication_options(
            rp_id=party.id,
            challenge=challenge,
            allow_credentials=[_descriptor(one) for one in known] or None,
            user_verification=UserVerificationRequirement.REQUIRED,
            timeout=300_000,
        )
    )
    reached = (item for one in known for item in _transports(one))
    hints = list(dict.fromkeys(HINTS[item.value] for item in reached if item.value in HINTS))
    return json.dumps(json.loads(options) | {"hints": hints}) if hints else options


def registration_options(
    party: RelyingParty,
    challenge: bytes,
    handle: bytes,
    account: str,
    display_name: str,
    known: Sequence[Authenticator],
    kind: AuthenticatorKind = "any",
) -> str:
    """JSON of PublicKeyCredentialCreationOptions; passkeys that the person has are excluded.

    Who made it is asked only where that decides (`attested`): elsewhere it is nobody's business.
    """
    return options_to_json(
        generate_registration_options(
            rp_id=party.id,
            rp_name=party.name,
            user_id=handle,
            user_name=account,
            user_display_name=display_name,
            challenge=challenge,
            exclude_credentials=[_descriptor(one) for one in known],
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            attestation=AttestationConveyancePreference("direct" if kind == "attested" else "none"),
            hints=None if kind == "any" else [PublicKeyCredentialHint("security-key")],
            timeout=300_000,
        )
    )


def credential_id(response: str) -> str:
    """Which passkey a response says it is from, before anything is verified. Raises ProofRejected("shape")."""
    try:
        found = json.loads(response)["id"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ProofRejected("shape") from error
    if not isinstance(found, str) or not 0 < len(found) <= 2048 or not found.isascii():
        raise ProofRejected("shape")
    return found


def verify_assertion(party: RelyingParty, response: str, challenge: bytes, authenticator: Authenticator) -> int:
    """The signature counter that this assertion carries.

    Raises:
        ProofRejected: wrong challenge, origin, relying party, key, no user verification, another person's handle.
    Spec: WebAuthn Level 3 §7.2.
    """
    _require_own_handle(response, authenticator)
    _require_same_origin(response)
    try:
        verified = verify_authentication_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origins,
            credential_public_key=base64url_to_bytes(str(authenticator.state["public_key"])),
            credential_current_sign_count=0,  # the store compares the counter, atomically
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProofRejected(f"assertion: {error}") from error
    return verified.new_sign_count


def verify_registration(
    party: RelyingParty, response: str, challenge: bytes, model_of: ModelOf = lambda _: None
) -> Registered:
    """A new passkey that this browser made for us just now.

    Args:
        model_of: what is known of a model, by AAGUID. One that is known and does not prove itself by its maker's
            chain where it brings one is a forgery.
    Raises: ProofRejected. Spec: WebAuthn Level 3 §7.1.
    """
    _require_same_origin(response)
    try:
        verified, attested = attestation.verify(party.id, party.origins, response, challenge, model_of)
        known_transports = {kind.value for kind in AuthenticatorTransport}
        told = json.loads(response)["response"].get("transports") or []
        transports = [item for item in map(str, told) if item in known_transports]
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ProofRejected(f"registration: {error}") from error
    own = bytes_to_base64url(verified.credential_id)
    model = model_of(verified.aaguid)
    state: dict[str, object] = {
        "credential_id": own,
        "public_key": bytes_to_base64url(verified.credential_public_key),
        "counter": verified.sign_count,
        "aaguid": verified.aaguid,
        "user_verified": verified.user_verified,
        "backup_eligible": verified.credential_device_type.value == "multi_device",
        "backed_up": verified.credential_backed_up,
        "attestation": AttestationFormat(verified.fmt).value,
        "attested": attested,
        "hardware": attested and model is not None and model.hardware,
        "transports": transports,
    }
    return Registered(own, state, None if verified.aaguid == NO_MODEL else verified.aaguid, model)


NO_MODEL = "00000000-0000-0000-0000-000000000000"
"""What a browser says in place of a model that it does not tell."""


def strength(authenticator: Authenticator) -> tuple[str, tuple[str, ...]]:
    """(the most that this one can bring, its methods). A key that can leave its device is no AAL3, whatever it says.

    Spec: NIST SP 800-63B-4 §2.3 (hardware, not exportable), RFC 8176 §2 (`hwk`, `swk`).
    """
    bound_to_device = authenticator.state.get("backup_eligible") is False
    attested = authenticator.state.get("attested") is True and authenticator.state.get("hardware") is not False
    return AAL3 if bound_to_device and attested else AAL2_PHR, ("hwk" if bound_to_device else "swk", "user")


def handle_of(subject_id: str) -> bytes:
    """The user handle: the random subject id, so that a passkey names its person and tells nobody else anything."""
    return subject_id.encode()


def _require_own_handle(response: str, authenticator: Authenticator) -> None:
    try:
        handle = json.loads(response)["response"].get("userHandle")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ProofRejected("shape") from error
    if handle is not None:
        try:
            named = base64url_to_bytes(str(handle))
        except ValueError as error:
            raise ProofRejected("shape") from error
        if named != handle_of(authenticator.subject_id):
            raise ProofRejected("user handle of somebody else")


def _require_same_origin(response: str) -> None:
    """A page of somebody else's that frames ours is no place for a passkey. Spec: WebAuthn Level 3 §7.1 step 10."""
    try:
        told = json.loads(base64url_to_bytes(json.loads(response)["response"]["clientDataJSON"]))
        framed = told.get("crossOrigin", False) or "topOrigin" in told
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ProofRejected("shape") from error
    if framed:
        raise ProofRejected("framed by another origin")


def _descriptor(authenticator: Authenticator) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(str(authenticator.state["credential_id"])), transports=_transports(authenticator) or None
    )


def _transports(authenticator: Authenticator) -> list[AuthenticatorTransport]:
    raw = authenticator.state.get("transports")
    return [AuthenticatorTransport(str(item)) for item in raw] if isinstance(raw, list) else []
