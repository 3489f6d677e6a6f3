import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.master_key import (
    MasterKey,
    MasterKeyDamaged,
    MasterKeyExists,
    MasterKeyExposed,
    MasterKeyLost,
    SealingError,
)
from adapters.name_search import normalised, query_tokens, search_tokens
from adapters.sealing import Keyring, Purpose, Tampered

ROW = ("person", "mail", "42")
PLAIN = b"alice@mof.example"


@pytest.fixture
def key(tmp_path: Path) -> MasterKey:
    return MasterKey.create(tmp_path / "master.key")


@pytest.fixture
def keyring(key: MasterKey) -> Keyring:
    return Keyring([key])


# --- the master key file ----------------------------------------------------------------------------------------------


def test_a_new_key_is_private_one_line_and_says_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "master.key"
    old = os.umask(0)
    try:
        made = MasterKey.create(file)
    finally:
        os.umask(old)
    assert file.stat().st_mode & 0o777 == 0o600
    lines = file.read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [lines[-1]]
    assert "lost" in file.read_text()
    loaded = MasterKey.load(file)
    assert loaded.key.equals(made.key.reveal()) and loaded.id == made.id and len(made.key.reveal()) == 32
    assert "***" in repr(made) and lines[-1].split()[2] not in repr(made)


def test_two_keys_differ(tmp_path: Path) -> None:
    one, two = MasterKey.create(tmp_path / "1"), MasterKey.create(tmp_path / "2")
    assert one.id != two.id and not one.key.equals(two.key.reveal())


def test_a_key_is_never_overwritten(key: MasterKey, tmp_path: Path) -> None:
    before = key.file.read_text()
    with pytest.raises(MasterKeyExists):
        MasterKey.create(key.file)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MasterKeyExists):
        MasterKey.create(link)
    assert key.file.read_text() == before and not (tmp_path / "elsewhere").exists()


def test_a_lost_key_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyLost, match="nobody can open") as raised:
        MasterKey.load(tmp_path / "gone")
    assert raised.value.file == tmp_path / "gone" and "offline copy" in raised.value.fix
    assert str(tmp_path / "gone") in str(raised.value)


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666, 0o777])
def test_an_exposed_key_is_refused(key: MasterKey, mode: int) -> None:
    key.file.chmod(mode)
    with pytest.raises(MasterKeyExposed, match="chmod 600") as raised:
        MasterKey.load(key.file)
    assert raised.value.file == key.file


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a file away")
def test_a_key_of_somebody_else_is_refused(key: MasterKey) -> None:
    os.chown(key.file, 12345, -1)
    with pytest.raises(MasterKeyExposed):
        MasterKey.load(key.file)


DAMAGE: list[Callable[[str], str]] = [
    lambda line: "",
    lambda line: line + line,
    lambda line: line.replace("gerege-master-key-1", "gerege-master-key-2"),
    lambda line: line[:-6] + "\n",
    lambda line: " ".join(line.split()[:2]) + " c2hvcnQ=\n",
    lambda line: " ".join(line.split()[:2]) + " ???\n",
    lambda line: line.replace(line.split()[1], "00000000"),
    lambda line: line.swapcase(),
    lambda line: "\xff\xfe" + line,
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_key_is_refused(key: MasterKey, damage: Callable[[str], str]) -> None:
    key.file.write_text(damage(key.file.read_text().splitlines(keepends=True)[-1]))
    with pytest.raises(MasterKeyDamaged) as raised:
        MasterKey.load(key.file)
    assert raised.value.file == key.file
    assert isinstance(raised.value, SealingError)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(MasterKeyDamaged):
            MasterKey.load(path)


# --- sealing ----------------------------------------------------------------------------------------------------------


def test_the_sealed_form(keyring: Keyring, key: MasterKey) -> None:
    sealed = keyring.seal(PLAIN, row=ROW)
    assert sealed[0] == 1 and sealed[1:5] == key.id
    assert len(sealed) == len(PLAIN) + 33
    assert PLAIN not in sealed
    assert keyring.open(sealed, row=ROW) == PLAIN
    assert keyring.seal(PLAIN, row=ROW) != sealed


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=300), st.tuples(st.text("abc|/", max_size=4), st.text("abc|/", max_size=4), st.text(max_size=4))
)
def test_what_is_sealed_is_opened(keyring: Keyring, plain: bytes, row: tuple[str, ...]) -> None:
    row = tuple(part.encode(errors="replace").decode() for part in row)
    person = keyring.person(keyring.new_person_key())
    assert keyring.open(keyring.seal(plain, row=row), row=row) == plain
    assert person.open(person.seal(plain, row=row), row=row) == plain


OTHER_PLACES = [
    ("person", "mail", "43"),  # rows swapped
    ("person", "name", "42"),  # columns swapped
    ("client", "mail", "42"),
    ("person", "mail"),
    ("person", "mail", "42", ""),
    ("personmail", "", "42"),
    ("person|mail", "42"),
    ("person", "mail4", "2"),
    (),
]


@pytest.mark.parametrize("place", OTHER_PLACES)
def test_a_value_moved_to_another_place_is_refused(keyring: Keyring, place: tuple[str, ...]) -> None:
    person = keyring.person(keyring.new_person_key())
    for sealer in (keyring, person):
        sealed = sealer.seal(PLAIN, row=ROW)
        with pytest.raises(Tampered) as raised:
            sealer.open(sealed, row=place)
        assert raised.value.row == place and all(part in str(raised.value) for part in place)
        assert "alice" not in str(raised.value)


def test_two_people_swapped_are_refused(keyring: Keyring) -> None:
    alice, wang = keyring.new_person_key(), keyring.new_person_key()
    sealed = keyring.person(alice).seal(PLAIN, row=ROW)
    with pytest.raises(Tampered, match="person / mail / 42"):
        keyring.person(wang).open(sealed, row=ROW)
    relabelled = sealed[:1] + keyring.person(wang).seal(b"", row=ROW)[1:5] + sealed[5:]
    with pytest.raises(Tampered):
        keyring.person(wang).open(relabelled, row=ROW)


def test_a_value_of_one_purpose_is_refused_for_another(keyring: Keyring) -> None:
    sealed = keyring.seal(PLAIN, row=ROW, purpose=Purpose.TOKEN)
    assert keyring.open(sealed, row=ROW, purpose=Purpose.TOKEN) == PLAIN
    with pytest.raises(Tampered):
        keyring.open(sealed, row=ROW)
    with pytest.raises(Tampered):
        keyring.person(keyring.seal(b"k" * 32, row=("person key",)))


def test_every_flipped_bit_and_every_cut_is_refused(keyring: Keyring) -> None:
    wrapped = keyring.new_person_key()
    person = keyring.person(wrapped)
    cases: list[tuple[bytes, Callable[[bytes], object]]] = [
        (keyring.seal(PLAIN, row=ROW), lambda s: keyring.open(s, row=ROW)),
        (person.seal(PLAIN, row=ROW), lambda s: person.open(s, row=ROW)),
        (wrapped, lambda s: keyring.person(s, row=ROW)),
    ]
    for sealed, opening in cases:
        for bit in range(len(sealed) * 8):
            changed = bytearray(sealed)
            changed[bit // 8] ^= 1 << bit % 8
            with pytest.raises(Tampered, match="person / mail / 42") as raised:
                opening(bytes(changed))
            assert raised.value.row == ROW
        for cut in range(len(sealed)):
            with pytest.raises(Tampered, match="person / mail / 42"):
                opening(sealed[:cut])
        with pytest.raises(Tampered):
            opening(sealed + b"\0")


def test_a_wrong_version_and_an_unknown_key_are_said(keyring: Keyring, tmp_path: Path) -> None:
    sealed = keyring.seal(PLAIN, row=ROW)
    with pytest.raises(Tampered, match="version 2"):
        keyring.open(b"\2" + sealed[1:], row=ROW)
    stranger = Keyring([MasterKey.create(tmp_path / "other.key")])
    with pytest.raises(Tampered, match="unknown key id"):
        stranger.open(sealed, row=ROW)


def test_nothing_of_a_key_is_printed(keyring: Keyring, key: MasterKey, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("x").warning("%r %r %r", keyring.subkey(Purpose.TOKEN), key, keyring)
    for secret in (key.key.reveal(), keyring.subkey(Purpose.TOKEN).reveal()):
        assert secret.hex() not in caplog.text and repr(secret) not in caplog.text


def test_sub_keys_of_two_purposes_differ(keyring: Keyring, key: MasterKey) -> None:
    keys = {keyring.subkey(purpose).reveal() for purpose in Purpose} | {key.key.reveal()}
    assert len(keys) == len(Purpose) + 1 and {len(one) for one in keys} == {32}


# --- people -----------------------------------------------------------------------------------------------------------


def test_shredding_a_person(keyring: Keyring, key: MasterKey) -> None:
    wrapped = keyring.new_person_key()
    sealed = keyring.person(wrapped).seal(PLAIN, row=ROW)
    keyring.forget(wrapped)
    del wrapped
    fresh = Keyring([key])  # the master key alone opens nothing of this person
    with pytest.raises(Tampered):
        fresh.open(sealed, row=ROW)
    with pytest.raises(Tampered):
        fresh.person(fresh.new_person_key()).open(sealed, row=ROW)


def test_people_kept_in_memory_are_bounded(key: MasterKey) -> None:
    keyring = Keyring([key], persons_kept=2)
    one, two, three = (keyring.new_person_key() for _ in range(3))
    first = keyring.person(one)
    keyring.person(two)
    assert keyring.person(one) is first  # used again: now two is the oldest
    second = keyring.person(two)
    keyring.person(one)
    keyring.person(three)
    assert keyring.person(one) is first
    assert keyring.person(two) is not second
    keyring.forget(one)
    assert keyring.person(one) is not first


# --- changing the master key ------------------------------------------------------------------------------------------


def test_a_new_master_key_by_wrapping_anew(key: MasterKey, tmp_path: Path) -> None:
    before = Keyring([key])
    wrapped = before.new_person_key()
    personal = before.person(wrapped).seal(PLAIN, row=ROW)
    column = before.seal(b"totp", row=ROW)
    new = MasterKey.create(tmp_path / "new.key")
    both = Keyring.load([new.file, key.file])
    assert both.person(wrapped).open(personal, row=ROW) == PLAIN
    assert both.open(column, row=ROW) == b"totp"
    assert both.is_old(wrapped) and both.is_old(column)
    rewrapped, resealed = both.rewrap(wrapped), both.reseal(column, row=ROW)
    assert not both.is_old(rewrapped) and not both.is_old(resealed)
    assert both.lookups("mail", "a@b") == (Keyring([new]).lookup("mail", "a@b"), before.lookup("mail", "a@b"))
    after = Keyring([new])
    assert after.person(rewrapped).open(personal, row=ROW) == PLAIN  # the personal column itself was not touched
    assert after.open(resealed, row=ROW) == b"totp"
    with pytest.raises(Tampered, match="old master key file missing"):
        after.person(wrapped)


def test_a_keyring_needs_keys_each_once(key: MasterKey) -> None:
    for keys in ([], [key, key]):
        with pytest.raises(SealingError):
            Keyring(keys)


# --- finding ----------------------------------------------------------------------------------------------------------


def test_a_look_up_is_equal_for_equal_values_of_a_kind_only(keyring: Keyring, tmp_path: Path) -> None:
    found = keyring.lookup("mail", "alice@mof.example")
    assert len(found) == 16
    assert found == keyring.lookup("mail", "ALICE@MOF.example") == keyring.lookup("mail", "ａlice@mof.example")
    assert found != keyring.lookup("name", "alice@mof.example")
    assert keyring.lookup("ab", "c") != keyring.lookup("a", "bc")
    assert found != Keyring([MasterKey.create(tmp_path / "other")]).lookup("mail", "alice@mof.example")


def test_a_digest_is_exact(keyring: Keyring) -> None:
    assert keyring.digest("code", "aB") == keyring.digest("code", "aB")
    others = [keyring.digest("code", "Ab"), keyring.digest("jti", "aB"), keyring.digest("codea", "B")]
    assert len({keyring.digest("code", "aB"), *others}) == 4
    assert len(others[0]) == 32


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("王伟", ["王", "伟", "王伟", "wang", "wei", "wangwei", "ww", "Wang Wei", "wang w", "WANGW"]),
        ("欧阳娜娜", ["欧阳", "阳娜", "娜娜", "欧阳娜娜", "ouyang", "ouyangnana", "oynn", "nana", "阳娜娜"]),
        ("吕布", ["lv bu", "lu bu", "lyubu", "lvbu"]),
        ("单雄信", ["shan xiong xin", "dan"]),
        ("Zoë O’Brien-Smith", ["zoe", "ZOË", "obrien", "o'brien", "smith zo", "o'b"]),
        ("Alexandrinawilhelmina Müller", ["alexandrinawilhelmina", "muller", "mü"]),
        ("Wei 伟 Chen", ["wei chen", "伟", "chen 伟"]),
        ("Батбаяр", ["бат", "БАТБАЯР"]),
    ],
)
def test_a_name_is_found_by_what_people_type(name: str, queries: list[str]) -> None:
    tokens = search_tokens(name)
    for query in queries:
        assert query_tokens(query) and query_tokens(query) <= tokens, query


@pytest.mark.parametrize(
    ("name", "query"), [("王伟", "李"), ("王伟", "伟王"), ("王伟", "wu"), ("Alice", "lice"), ("Alice", "bob")]
)
def test_another_name_is_not_found(name: str, query: str) -> None:
    assert not query_tokens(query) <= search_tokens(name)


def test_nothing_to_search_is_nothing() -> None:
    assert search_tokens(" .-") == query_tokens("") == set()


@settings(deadline=None)
@given(st.text("abcé 王伟单曾重 '-", max_size=30), st.data())
def test_every_beginning_of_a_word_finds_the_name(name: str, data: st.DataObject) -> None:
    words = [word for word in name.split() if query_tokens(word)]
    if words:
        word = data.draw(st.sampled_from(words))
        begun = word[: data.draw(st.integers(1, len(word)))]
        assert query_tokens(begun) <= search_tokens(name)


def test_tokens_stay_few() -> None:
    assert len(search_tokens("重单曾乐解" * 20)) < 500
    assert len(search_tokens("x" * 10_000)) == 12


def test_the_index_of_a_name_holds_no_name(keyring: Keyring) -> None:
    stored = keyring.name_lookups("王伟")
    assert keyring.lookup("name", "wang") in stored
    assert len(stored) == len(search_tokens("王伟"))
    assert all(len(one) == 16 for one in stored)
