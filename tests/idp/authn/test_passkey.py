"""Passkeys against a software one: what is right passes; each single thing that is wrong does not; nothing breaks."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_bytes

import pytest
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AuthenticatorData
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.authn.factors import passkey
from idp.errors import ProofRejected
from idp.model import AAL2_PHR, Authenticator
from tests.support.authenticator import Passkey

Flag = AuthenticatorData.FLAG
PARTY = passkey.RelyingParty("id.example", "Gerege", "https://id.example")
CHALLENGE = b"c" * 56
CREATE = passkey.registration_options(PARTY, CHALLENGE, passkey.handle_of("sub_alice"), "alice", "Alice", [])
KEY = Passkey(counter=7)
REGISTRATION = KEY.register(CREATE)


def enrolled(response: str = REGISTRATION, subject: str = "sub_alice") -> Authenticator:
    registered = passkey.verify_registration(PARTY, response, CHALLENGE)
    return Authenticator(
        "f", subject, "passkey", "", None, registered.state, AAL2_PHR, (), datetime(2026, 11, 23, tzinfo=UTC)
    )


ALICES = enrolled()
GET = passkey.assertion_options(PARTY, CHALLENGE, [ALICES])


def test_a_registration_is_kept_as_it_was_made() -> None:
    assert ALICES.state["credential_id"] == websafe_encode(KEY.id) == passkey.credential_id(REGISTRATION)
    assert (ALICES.state["counter"], ALICES.state["transports"]) == (7, ["internal"])
    assert (ALICES.state["backup_eligible"], ALICES.state["backed_up"]) == (False, False)


def test_a_synced_passkey_says_so() -> None:
    state = enrolled(Passkey().register(CREATE, flags=Flag.UP | Flag.UV | Flag.BE | Flag.BS)).state
    assert (state["backup_eligible"], state["backed_up"]) == (True, True)


def test_an_assertion_gives_its_counter() -> None:
    assert passkey.verify_assertion(PARTY, KEY.sign(GET, counter=9), CHALLENGE, ALICES) == 9


def test_a_key_that_sends_no_handle_is_fine_when_it_was_named() -> None:
    told = json.loads(KEY.sign(GET))
    del told["response"]["userHandle"]
    assert passkey.verify_assertion(PARTY, json.dumps(told), CHALLENGE, ALICES) == 7


def test_options_ask_for_a_verified_person_and_a_key_that_knows_its_owner() -> None:
    create, get = json.loads(CREATE), json.loads(GET)
    assert create["authenticatorSelection"]["userVerification"] == get["userVerification"] == "required"
    assert create["authenticatorSelection"]["residentKey"] == "required"
    assert create["user"]["id"] == websafe_encode(b"sub_alice")
    assert get["allowCredentials"][0]["id"] == ALICES.state["credential_id"]
    again = json.loads(passkey.registration_options(PARTY, CHALLENGE, b"sub_alice", "a", "A", [ALICES]))
    assert [one["id"] for one in again["excludeCredentials"]] == [ALICES.state["credential_id"]]
    assert not json.loads(passkey.assertion_options(PARTY, CHALLENGE, [])).get("allowCredentials")


WRONG: list[dict[str, object]] = [
    {"origin": "https://id.example.evil.example"},
    {"origin": "http://id.example"},
    {"origin": "https://id.example:444"},
    {"origin": "https://sub.id.example"},
    {"origin": "null"},
    {"party": "example"},
    {"party": "evil.example"},
    {"challenge": websafe_encode(b"x" * 56)},
    {"challenge": ""},
    {"type": "payment.get"},
    {"flags": Flag.UP},
    {"flags": Flag.UV},
    {"flags": Flag(0)},
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda one: "-".join(f"{k}={v}" for k, v in one.items())[:40])
def test_each_wrong_thing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ProofRejected):
        passkey.verify_assertion(PARTY, KEY.sign(GET, **wrong), CHALLENGE, ALICES)  # type: ignore[arg-type]
    with pytest.raises(ProofRejected):
        passkey.verify_registration(PARTY, Passkey().register(CREATE, **wrong), CHALLENGE)  # type: ignore[arg-type]


def test_another_kind_of_answer_is_refused() -> None:
    with pytest.raises(ProofRejected):
        passkey.verify_assertion(PARTY, KEY.sign(GET, type="webauthn.create"), CHALLENGE, ALICES)
    with pytest.raises(ProofRejected):
        passkey.verify_registration(PARTY, KEY.sign(GET), CHALLENGE)


def test_another_key_is_refused_even_under_the_same_id() -> None:
    thief = Passkey(id=KEY.id, handle=KEY.handle)
    with pytest.raises(ProofRejected):
        passkey.verify_assertion(PARTY, thief.sign(GET), CHALLENGE, ALICES)


@pytest.mark.parametrize("signature", [b"", b"\0" * 70, token_bytes(70), "", 5, None], ids=range(6))
def test_a_bad_signature_is_refused(signature: object) -> None:
    with pytest.raises(ProofRejected):
        passkey.verify_assertion(PARTY, KEY.sign(GET, signature=signature), CHALLENGE, ALICES)


@pytest.mark.parametrize("handle", [b"sub_bob", b"sub_alic", b"sub_alice\0", b"\xff\xfe"])
def test_a_handle_of_somebody_else_is_refused(handle: bytes) -> None:
    with pytest.raises(ProofRejected, match="handle"):
        passkey.verify_assertion(PARTY, KEY.sign(GET, handle=handle), CHALLENGE, ALICES)


def test_a_kept_passkey_of_somebody_else_is_refused() -> None:
    with pytest.raises(ProofRejected):
        passkey.verify_assertion(PARTY, KEY.sign(GET), CHALLENGE, replace(ALICES, subject_id="sub_bob"))


@pytest.mark.parametrize("part", ["authenticatorData", "clientDataJSON", "signature"])
def test_a_signed_answer_changed_in_one_bit_is_refused(part: str) -> None:
    told = json.loads(KEY.sign(GET))
    raw = bytearray(websafe_decode(told["response"][part]))
    raw[-1] ^= 1
    told["response"][part] = websafe_encode(bytes(raw))
    with pytest.raises(ProofRejected):
        passkey.verify_assertion(PARTY, json.dumps(told), CHALLENGE, ALICES)


@pytest.mark.parametrize("length", [0, 1, 36, 37, 54, 55, 90, 150])
def test_a_truncated_attestation_is_refused(length: int) -> None:
    told = json.loads(REGISTRATION)
    raw = websafe_decode(told["response"]["attestationObject"])
    told["response"]["attestationObject"] = websafe_encode(raw[:length])
    with pytest.raises(ProofRejected):
        passkey.verify_registration(PARTY, json.dumps(told), CHALLENGE)


# --- whatever arrives, it is refused and nothing else happens ---------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def refused(response: str) -> None:
    """By every reader of answers."""
    with pytest.raises(ProofRejected):
        passkey.verify_assertion(PARTY, response, CHALLENGE, ALICES)
    with pytest.raises(ProofRejected):
        passkey.verify_registration(PARTY, response, CHALLENGE)


@settings(max_examples=50)
@given(st.text(max_size=200) | values.map(json.dumps))
def test_nonsense_is_refused(response: str) -> None:
    refused(response)


@settings(max_examples=50)
@given(
    st.sampled_from(["id", "rawId", "type", "response", "clientDataJSON", "authenticatorData", "signature"])
    | st.sampled_from(["attestationObject", "userHandle"]),
    values | st.binary(max_size=100).map(websafe_encode) | st.just("\ud800"),
    st.booleans(),
)
def test_one_strange_member_raises_nothing_else(member: str, value: object, registering: bool) -> None:
    told = json.loads(REGISTRATION if registering else KEY.sign(GET))
    (told if member in told else told["response"])[member] = value
    for read in (passkey.verify_registration, _assert):
        try:
            read(PARTY, json.dumps(told), CHALLENGE)
        except ProofRejected:
            continue
    try:
        assert passkey.credential_id(json.dumps(told)).isascii()
    except ProofRejected:
        return


@settings(max_examples=50)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_strange_cbor_raises_nothing_else(noise: bytes, cut: int) -> None:
    told = json.loads(REGISTRATION)
    raw = websafe_decode(told["response"]["attestationObject"])
    told["response"]["attestationObject"] = websafe_encode(raw[:cut] + noise)
    try:
        passkey.verify_registration(PARTY, json.dumps(told), CHALLENGE)
    except ProofRejected:
        return


@pytest.mark.parametrize(
    "response",
    [
        "",
        "{",
        "[" * 5_000,
        '{"id":' * 2_000,
        token_bytes(10_000).decode("latin-1"),
        json.dumps({"id": "a" * 10_000}),
        json.dumps({"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "[" * 10_000}}),
        '{"id":"\\ud800","response":{}}',
    ],
    ids=range(8),
)
def test_ten_kilobytes_of_garbage(response: str) -> None:
    refused(response)
    with pytest.raises(ProofRejected):
        found = passkey.credential_id(response)
        raise ProofRejected(found)  # an id alone proves nothing; reading it must not break


def _assert(party: passkey.RelyingParty, response: str, challenge: bytes) -> int:
    return passkey.verify_assertion(party, response, challenge, ALICES)
