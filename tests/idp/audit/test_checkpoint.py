import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from idp.audit.checkpoint import (
    BadSignature,
    Checkpoint,
    CheckpointRejected,
    MalformedCheckpoint,
    UnknownSigner,
    VerifierKey,
    open_checkpoint,
    open_note,
    parse,
    sign,
)

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
KEY = VerifierKey("gerege.example/audit", PRIVATE.public_key().public_bytes_raw())
CHECKPOINT = Checkpoint(KEY.name, 256, bytes(range(32)))
NOTE = sign(CHECKPOINT, KEY, PRIVATE.sign)


def test_a_note_of_the_reference_implementation() -> None:
    # The example of golang.org/x/mod/sumdb/note, from which C2SP signed-note was written.
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    assert open_note(f"{text}\n\u2014 PeterNeumann {signature}\n", [key]) == text


def test_the_format() -> None:
    origin, size, root, blank, signature, end = NOTE.split("\n")
    assert (origin, size, blank, end) == ("gerege.example/audit", "256", "", "")
    assert base64.b64decode(root) == CHECKPOINT.root
    assert signature.startswith("\u2014 gerege.example/audit ")
    raw = base64.b64decode(signature.split(" ")[2])
    assert raw[:4] == KEY.key_id and len(raw) == 68
    assert open_checkpoint(NOTE, [KEY]) == CHECKPOINT


@given(st.integers(0, 2**64 - 1), st.binary(min_size=32, max_size=32), st.lists(st.text("abc 123", min_size=1)))
def test_what_is_rendered_is_parsed(size: int, root: bytes, extensions: list[str]) -> None:
    made = Checkpoint("a.example/log", size, root, tuple(extensions))
    assert parse(made.text()) == made


def test_a_vkey_is_read_as_written() -> None:
    assert VerifierKey.parse(str(KEY)) == KEY


@pytest.mark.parametrize(
    "vkey",
    ["", "x", "name+00000000+AQ==", str(KEY)[:-2], str(KEY).replace("gerege", "other"), str(KEY).replace("+", "-"),
     f"a b+00000000+{base64.b64encode(bytes([1]) + bytes(32)).decode()}",
     f"n+00000000+{base64.b64encode(bytes([2]) + bytes(32)).decode()}"],
)  # fmt: skip
def test_a_broken_vkey_is_refused(vkey: str) -> None:
    with pytest.raises(ValueError, match=r"vkey|verifier key"):
        VerifierKey.parse(vkey)


def test_every_changed_character_is_refused() -> None:
    for at, char in enumerate(NOTE):
        for other in ("A" if char != "A" else "B", "\n", " ", "0", "\u2013", ""):
            changed = NOTE[:at] + other + NOTE[at + 1 :]
            if changed != NOTE:
                with pytest.raises(CheckpointRejected):
                    open_checkpoint(changed, [KEY])


@given(st.text(max_size=200))
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(CheckpointRejected):
        open_checkpoint(text, [KEY])
    with pytest.raises(CheckpointRejected):
        open_checkpoint(NOTE + text if text else text, [KEY])


@pytest.mark.parametrize(
    "text",
    ["", "o\n1\n", "o\n1\nAA==\n", "\n1\n" + "A" * 43 + "=\n", "o\n01\n" + "A" * 43 + "=\n", "o\n-1\n" + "A" * 43 + "=\n",  # noqa: E501
     "o\n1\n" + "A" * 43 + "=", "o\n1\n" + "A" * 42 + "B=\n", "o\n18446744073709551616\n" + "A" * 43 + "=\n",
     "o\n1\n" + "A" * 43 + "=\n\nx\n", "o\n\u0661\n" + "A" * 43 + "=\n"],
)  # fmt: skip
def test_a_text_that_is_no_checkpoint(text: str) -> None:
    with pytest.raises(MalformedCheckpoint):
        parse(text)


def test_another_key_under_the_same_name() -> None:
    thief = Ed25519PrivateKey.from_private_bytes(b"\x08" * 32)
    theirs = VerifierKey(KEY.name, thief.public_key().public_bytes_raw())
    with pytest.raises(UnknownSigner):
        open_checkpoint(sign(CHECKPOINT, theirs, thief.sign), [KEY])
    with pytest.raises(BadSignature):  # our key id, their signature
        open_checkpoint(sign(CHECKPOINT, KEY, thief.sign), [KEY])
    assert open_checkpoint(sign(CHECKPOINT, theirs, thief.sign), [KEY, theirs]) == CHECKPOINT


def test_a_checkpoint_of_another_log_of_ours() -> None:
    other = sign(Checkpoint("other.example/log", 1, bytes(32)), KEY, PRIVATE.sign)
    with pytest.raises(CheckpointRejected, match="another log"):
        open_checkpoint(other, [KEY])
    assert open_checkpoint(other, [KEY], "other.example/log").size == 1


def test_a_witness_may_add_a_line_but_not_stand_alone() -> None:
    witness = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
    theirs = VerifierKey("witness.example", witness.public_key().public_bytes_raw())
    cosigned = sign(CHECKPOINT, theirs, witness.sign)
    line = cosigned.rsplit("\n", 2)[1]
    assert open_checkpoint(f"{NOTE}{line}\n", [KEY]) == CHECKPOINT
    with pytest.raises(UnknownSigner):
        open_checkpoint(cosigned, [KEY])
