"""Response types that fit the grant types of who registers itself. Spec: RFC 7591 §2.1, §3.2.1."""

from typing import Any

import pytest

from idp.errors import InvalidClientMetadata
from idp.oidc.registration import read, told

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
BACK = "http://localhost:4242"
OF_A_DEVICE: dict[str, Any] = {
    "application_type": "web",
    "client_name": "oidc-agent:desk",
    "response_types": [],
    "grant_types": ["refresh_token", DEVICE],
    "scope": "openid profile offline_access",
    "redirect_uris": [BACK, "http://localhost:34380", "edu.kit.data.oidc-agent:/redirect"],
}
"""As oidc-agent 4.2 writes it for the device flow."""


def answered(said: dict[str, Any]) -> dict[str, object]:
    return told(read(said, "app-1", "mof"))


def test_a_device_has_no_response_type() -> None:
    said = answered(OF_A_DEVICE)
    assert said["response_types"] == []
    assert said["grant_types"] == ["refresh_token", DEVICE]
    assert said["redirect_uris"] == OF_A_DEVICE["redirect_uris"]


@pytest.mark.parametrize("types", [["token"], ["code"], ["code", "id_token token"], None], ids=range(4))
def test_a_device_is_told_that_it_has_none(types: list[str] | None) -> None:
    assert answered(OF_A_DEVICE | {"response_types": types})["response_types"] == []


@pytest.mark.parametrize("types", [["code"], ["id_token", "code", "code token"], None], ids=range(3))
def test_what_is_not_offered_beside_code_is_left_out(types: list[str] | None) -> None:
    said = {"redirect_uris": [BACK], "grant_types": ["authorization_code", "implicit"], "response_types": types}
    answer = answered(said)
    assert (answer["response_types"], answer["grant_types"]) == (["code"], ["authorization_code"])


@pytest.mark.parametrize("types", [[], ["token"], ["code token"], ["id_token"]], ids=range(4))
@pytest.mark.parametrize("grants", [None, ["authorization_code"], ["authorization_code", DEVICE]], ids=range(3))
def test_whoever_is_answered_by_redirect_needs_code(types: list[str], grants: list[str] | None) -> None:
    with pytest.raises(InvalidClientMetadata, match="only code is offered"):
        read({"redirect_uris": [BACK], "grant_types": grants, "response_types": types}, "app-1", "mof")
