"""Settings of passkeys and of which of them are accepted. Whether they can work is `config.passkeys`."""

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
