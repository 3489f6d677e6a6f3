"""Passkeys and security keys, through py_webauthn. Spec: WebAuthn Level 3 §7.1, §7.2.

User verification is always required: a passkey is two factors by itself. Does not keep challenges or counters: the flow
keeps the challenge in the interaction, the store moves the counter.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationFormat,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from idp.errors import ProofRejected
from idp.model import Authenticator


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is bound to: the host of the issuer, and the one origin that may use it."""

    id: str
    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey: its id, and the state that later assertions are verified with."""

    credential_id: str
    state: dict[str, object]


def assertion_options(party: RelyingParty, challenge: bytes, known: Sequence[Authenticator]) -> str:
    """JSON of PublicKeyCredentialRequestOptions. An empty `known` asks for any discoverable passkey."""
    return options_to_json(
        generate_authentication_options(
            rp_id=party.id,
            challenge=challenge,
            allow_credentials=[_descriptor(one) for one in known] or None,
            user_verification=UserVerificationRequirement.REQUIRED,
            timeout=300_000,
        )
    )


def registration_options(
    party: RelyingParty,
    challenge: bytes,
    handle: bytes,
    account: str,
    display_name: str,
    known: Sequence[Authenticator],
) -> str:
    """JSON of PublicKeyCredentialCreationOptions; passkeys that the person has are excluded."""
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
    try:
        verified = verify_authentication_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(str(authenticator.state["public_key"])),
            credential_current_sign_count=0,  # the store compares the counter, atomically
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ProofRejected(f"assertion: {error}") from error
    return verified.new_sign_count


def verify_registration(party: RelyingParty, response: str, challenge: bytes) -> Registered:
    """A new passkey that this browser made for us just now. Raises ProofRejected. Spec: WebAuthn Level 3 §7.1."""
    try:
        verified = verify_registration_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
        transports = json.loads(response).get("response", {}).get("transports", [])
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ProofRejected(f"registration: {error}") from error
    own = bytes_to_base64url(verified.credential_id)
    known_transports = {kind.value for kind in AuthenticatorTransport}
    return Registered(
        own,
        {
            "credential_id": own,
            "public_key": bytes_to_base64url(verified.credential_public_key),
            "counter": verified.sign_count,
            "aaguid": verified.aaguid,
            "backup_eligible": verified.credential_device_type.value == "multi_device",
            "backed_up": verified.credential_backed_up,
            "attestation": AttestationFormat(verified.fmt).value,
            "transports": [item for item in transports if item in known_transports],
        },
    )


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


def _descriptor(authenticator: Authenticator) -> PublicKeyCredentialDescriptor:
    raw = authenticator.state.get("transports")
    kinds = [AuthenticatorTransport(str(item)) for item in raw] if isinstance(raw, list) else []
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(str(authenticator.state["credential_id"])), transports=kinds or None
    )
