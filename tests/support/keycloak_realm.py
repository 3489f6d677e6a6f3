"""A department's realm as it is found: people with hashes of three kinds, codes, passkeys, groups, roles, clients.

Filled through the real administrator's API (python-keycloak), except for what that API cannot be told in the clear.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

from tests.support.keycloak import Keycloak

REALM = "revenue"
SEED = b"an-old-seed-of-20-by"
SECRET = "Zx81-portal-secret-that-is-random-enough-9fQ2"
PASSWORDS = {
    "ada": "An-old-good-password-1",
    "bob": "Bob-has-kept-this-one-2",
    "cem": "Cem-is-from-long-ago-3",
    "dora": "Dora-carries-a-key-4",
    "emil": "Emil-has-left-us-5",
}
HASHES = {"ada": "argon2", "bob": "pbkdf2-sha512", "cem": "pbkdf2-sha256", "dora": "argon2", "emil": "argon2"}


@dataclass(frozen=True, slots=True)
class Passkey:
    """A credential as a browser made it at Keycloak's host; base64url without padding."""

    credential_id: str
    public_key: str
    counter: int = 3


def furnish(server: Keycloak, *, callback: str, bye: str, passkey: Passkey | None = None) -> dict[str, str]:
    """Everything into the realm `revenue`. Returns user name → Keycloak's id of the person."""
    admin = server.admin()
    admin.create_realm({"realm": REALM, "enabled": True, "bruteForceProtected": True, "sslRequired": "none"})
    admin.change_current_realm(REALM)
    for name in ("clerk", "chief"):
        admin.create_realm_role({"name": name})
    admin.add_composite_realm_roles_to_role("chief", [admin.get_realm_role("clerk")])
    above = admin.create_group({"name": "payroll"})
    group = admin.create_group({"name": "approvers"}, parent=above)
    admin.assign_group_realm_roles(group, [admin.get_realm_role("chief")])
    _clients(admin, callback, bye)
    people = {name: _person(admin, name, passkey) for name in PASSWORDS}
    admin.group_user_add(people["ada"], group)
    portal = admin.get_client_id("portal")
    admin.create_client_role(portal, {"name": "portal-editor"})
    admin.assign_client_role(people["bob"], portal, [admin.get_client_role(portal, "portal-editor")])
    admin.assign_realm_roles(people["cem"], [admin.get_realm_role("clerk")])
    return people


def _person(admin: Any, name: str, passkey: Passkey | None) -> str:
    admin.update_realm(REALM, {"passwordPolicy": f"hashAlgorithm({HASHES[name]})"})
    credentials = [{"type": "password", "value": PASSWORDS[name], "temporary": False}]
    user = admin.create_user(
        {
            "username": name,
            "email": f"{name}@revenue.example",
            "firstName": name.title(),
            "lastName": "Byron",
            "enabled": name != "emil",
            "emailVerified": True,
            "attributes": {"phone": ["+1 555 0100"]},
            "credentials": credentials,
        }
    )
    kept = {"ada": [_codes()], "dora": [_key(passkey)] if passkey else []}.get(name, [])
    for one in kept:
        admin.update_user(user, {"credentials": [one]})
    return str(user)


def _codes() -> dict[str, str]:
    shape = {"subType": "totp", "digits": 8, "period": 60, "counter": 0, "algorithm": "HmacSHA256"}
    secret = {"value": base64.b32encode(SEED).decode(), "secretEncoding": "BASE32"}
    shape["secretEncoding"] = "BASE32"
    return {
        "type": "otp",
        "userLabel": "Ada's phone",
        "secretData": json.dumps({"value": secret["value"]}),
        "credentialData": json.dumps(shape),
    }


def _key(passkey: Passkey) -> dict[str, str]:
    told = {
        "aaguid": "00000000-0000-0000-0000-000000000000",
        "credentialId": passkey.credential_id,
        "counter": passkey.counter,
        "credentialPublicKey": passkey.public_key,
        "attestationStatementFormat": "none",
        "transports": ["internal"],
    }
    return {
        "type": "webauthn-passwordless",
        "userLabel": "Dora's key",
        "secretData": "{}",
        "credentialData": json.dumps(told),
    }


def _clients(admin: Any, callback: str, bye: str) -> None:
    mapper = {
        "name": "phone",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {"user.attribute": "phone", "claim.name": "phone_number", "id.token.claim": "true"},
    }
    script = {
        "name": "shoe size",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-usermodel-attribute-mapper",
        "config": {"user.attribute": "shoe", "claim.name": "shoe_size", "id.token.claim": "true"},
    }
    admin.create_client(
        {
            "clientId": "portal",
            "name": "Revenue portal",
            "publicClient": False,
            "secret": SECRET,
            "redirectUris": [callback, "https://portal.revenue.example/*"],
            "directAccessGrantsEnabled": True,
            "attributes": {"post.logout.redirect.uris": bye},
            "protocolMappers": [mapper, script],
        }
    )
    admin.create_client(
        {
            "clientId": "forms",
            "publicClient": True,
            "rootUrl": "https://forms.revenue.example",
            "redirectUris": ["/signed-in"],
            "webOrigins": ["+"],
        }
    )
    admin.create_client({"clientId": "wild", "publicClient": True, "redirectUris": ["*"]})
    admin.create_client(
        {"clientId": "batch", "publicClient": False, "standardFlowEnabled": False, "serviceAccountsEnabled": True}
    )
    admin.create_client({"clientId": "old-saml", "protocol": "saml", "redirectUris": ["https://saml.example/acs"]})
