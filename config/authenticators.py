"""Settings of what people sign in with beside passwords. Whether those of passkeys can work is `config.passkeys`."""

from typing import Annotated, Literal

from pydantic import Field

from config.table import Table

AuthenticatorKind = Literal["any", "device-bound", "attested"]
Aaguid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")]


class Passkeys(Table):
    """Whom passkeys are bound to. Spec: WebAuthn Level 3 §5.1.2, §5.11."""

    rp_id: str = Field(
        "",
        description="The relying party id: the issuer's host, or a domain above it that is yours. Unset is the host. "
        "A change makes every passkey that was made before useless.",
    )
    related_origins: tuple[str, ...] = Field(
        (), description="Further https origins that may use these passkeys, told at `/.well-known/webauthn`."
    )


class Authenticators(Table):
    """Which passkeys are accepted, beside what each application asks: the strictest wins."""

    models: tuple[Aaguid, ...] = Field(
        (), description="AAGUIDs: where attested ones are asked, only these models. Empty is every attested model."
    )
    roles: dict[str, AuthenticatorKind] = Field(
        default_factory=dict,
        description='Role and what its holders need, as `client.authenticators`: `payroll-approver = "attested"`.',
    )
    copied: Literal["first", "second", "never"] = Field(
        "second",
        description="When a passkey whose counter went back, perhaps a copy, is disabled: at the first such try, at "
        "the second within a day, or never. The try itself is always refused.",
    )


class Totp(Table):
    """Authenticator apps that are set up from now on; those that are there stay as they are."""

    algorithm: Literal["SHA1", "SHA256", "SHA512"] = Field(
        "SHA1", description="Many apps know no other than SHA1, and show wrong codes instead of saying so."
    )


class Enrolment(Table):
    """Ways to sign in that a person must, and should, have besides a password."""

    ways: int = Field(
        1, ge=1, le=2, description="2: whoever makes the first one at a sign-in saves recovery codes too."
    )
    advised: int = Field(
        2,
        ge=1,
        le=5,
        description="Authenticators that people are asked to have: with fewer their own pages remind them.",
    )
