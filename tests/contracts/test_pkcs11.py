"""Keys in a real token (SoftHSM): made there, used there, never seen here. Whoever verifies notices no difference."""

import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from adapters import connect
from config.settings import Settings
from idp.authn.factors.passkey import RelyingParty
from idp.errors import InvalidToken, Unavailable
from idp.flows import keys
from idp.flows.context import Idp
from idp.oidc.discovery import key_set
from idp.oidc.signing import prove
from risk.zones import Zones
from tests.support.house import settings_in
from tests.support.needs import needs
from tests.support.tokens import ENGINE, ISSUER

pytestmark = pytest.mark.ci
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN = "1234-token"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialized token of its own. The library reads its place from the environment, once in a process."""
    tool = needs("softhsm2-util", "softhsm2")
    if os.environ.get("CI") != "true":
        pytest.importorskip("pkcs11", reason="needs python-pkcs11 (gerege[pkcs11])")
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)
    init = [tool, "--init-token", "--free", "--label", "gerege", "--pin", PIN, "--so-pin", "so-pin"]
    subprocess.run(init, check=True, capture_output=True)
    return next(Path(path) for path in MODULES if Path(path).exists())


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    file = tmp_path / "pin"
    file.write_text(PIN + "\n")
    file.chmod(0o600)
    return file


def with_token(settings: Settings, module: Path, pin_file: Path) -> Settings:
    keys_ = settings.keys.model_copy(update={"pkcs11_module": module, "pkcs11_pin_file": pin_file})
    return settings.model_copy(update={"keys": keys_})


@pytest.fixture
def idp(tmp_path: Path, module: Path, pin_file: Path) -> Iterator[Idp]:
    settings = with_token(settings_in(tmp_path), module, pin_file)
    ports = connect(settings, lambda: NOW)
    try:
        yield Idp(settings, ports, ENGINE, Zones({}), RelyingParty("id.example", "Test", ISSUER))
    finally:
        ports.close()


def test_keys_are_made_in_the_token_and_sign_there(idp: Idp) -> None:
    assert keys.ensure_signing_key(idp) is not None
    assert [key.alg for key in keys.tend(idp)] == ["PS256", "RS256"]
    published = keys.published(idp, NOW)
    known = KeySet.import_key_set(key_set(published))  # type: ignore[arg-type]
    for alg in ("ES256", "PS256", "RS256"):
        for number in range(8):
            token = keys.signed(idp, "at+jwt", {"n": number}, alg=alg)
            assert jws.deserialize_compact(token, known, algorithms=[alg]).payload == b'{"n":%d}' % number
            assert prove(token, "at+jwt", published) == {"n": number}
    with pytest.raises(Unavailable):
        keys.signed(idp, "JWT", {}, alg="EdDSA")


def test_what_we_keep_is_where_it_lies(idp: Idp) -> None:
    key = keys.ensure_signing_key(idp)
    assert key is not None
    kept = key.private.reveal().decode()
    assert kept.startswith("pkcs11:token=gerege;object=gerege%20ES256%202026-11-23;id=")
    assert kept.endswith(";type=private")


def test_the_private_half_does_not_leave_the_token(idp: Idp, module: Path) -> None:
    import pkcs11

    keys.ensure_signing_key(idp)
    token = pkcs11.lib(str(module)).get_token(token_label="gerege")
    with token.open() as session:  # this process is logged in
        found = list(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}))
        assert found
        for private in found:
            rsa = private[pkcs11.Attribute.KEY_TYPE] == pkcs11.KeyType.RSA
            assert private[pkcs11.Attribute.SENSITIVE] and not private[pkcs11.Attribute.EXTRACTABLE]
            with pytest.raises(pkcs11.exceptions.AttributeSensitive):
                private[pkcs11.Attribute.PRIVATE_EXPONENT if rsa else pkcs11.Attribute.VALUE]


def test_many_threads_share_its_session(idp: Idp) -> None:
    key = keys.ensure_signing_key(idp)
    assert key is not None
    with ThreadPoolExecutor(16) as pool:
        tokens = list(pool.map(lambda n: keys.signed(idp, "JWT", {"n": n}), range(200)))
    assert [prove(token, "JWT", [key])["n"] for token in tokens] == list(range(200))


def test_it_is_found_again_after_a_restart(tmp_path: Path, module: Path, pin_file: Path) -> None:
    settings = with_token(settings_in(tmp_path), module, pin_file)
    for _ in range(2):
        ports = connect(settings, lambda: NOW)
        idp = Idp(settings, ports, ENGINE, Zones({}), RelyingParty("id.example", "Test", ISSUER))
        key = keys.ensure_signing_key(idp)
        assert key is not None
        assert prove(keys.signed(idp, "JWT", {"a": 1}), "JWT", [key]) == {"a": 1}
        assert len(keys.listed(idp)) == 1
        ports.close()


def test_a_fork_opens_the_token_for_itself(tmp_path: Path, module: Path, pin_file: Path) -> None:
    """As the server does: the supervisor makes the first key, closes, and forks its workers."""
    settings = with_token(settings_in(tmp_path), module, pin_file)
    ports = connect(settings, lambda: NOW)
    keys.ensure_signing_key(Idp(settings, ports, ENGINE, Zones({}), RelyingParty("id.example", "Test", ISSUER)))
    ports.close()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            ports = connect(settings, lambda: NOW)
            idp = Idp(settings, ports, ENGINE, Zones({}), RelyingParty("id.example", "Test", ISSUER))
            status = 0 if prove(keys.signed(idp, "JWT", {}), "JWT", keys.listed(idp)) == {} else 1
            ports.close()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_wrong_pin_or_a_lost_key_is_away_and_comes_back(idp: Idp, module: Path) -> None:
    from adapters.pkcs11 import TokenKeys
    from idp.secret import Secret

    key = keys.ensure_signing_key(idp)
    assert key is not None
    lost = replace(key, private=Secret(b"pkcs11:token=gerege;id=%00%01;type=private"))
    with pytest.raises(Unavailable, match="NoSuchKey"):
        idp.ports.keys.sign(lost, b"x")
    assert idp.ports.keys.sign(key, b"x")
    with pytest.raises(Unavailable, match="NoSuchToken"):
        TokenKeys(module, "another", Secret(PIN)).make("ES256", NOW, NOW)
    idp.ports.close()
    with pytest.raises(Unavailable, match="PinIncorrect"):
        TokenKeys(module, "gerege", Secret("wrong")).make("ES256", NOW, NOW)


@pytest.mark.parametrize("wrong", ["open", "missing", "unnamed", "module"])
def test_settings_that_cannot_be(tmp_path: Path, module: Path, pin_file: Path, wrong: str) -> None:
    settings = with_token(settings_in(tmp_path), module, pin_file)
    if wrong == "open":
        pin_file.chmod(0o644)
    elif wrong == "missing":
        pin_file.unlink()
    change = {"unnamed": {"pkcs11_pin_file": None}, "module": {"pkcs11_module": tmp_path / "no.so"}}.get(wrong, {})
    settings = settings.model_copy(update={"keys": settings.keys.model_copy(update=change)})
    with pytest.raises(ValueError, match=r"^keys\.pkcs11_"):
        connect(settings)


def test_a_stolen_key_in_a_token_is_out_like_any_other(idp: Idp) -> None:
    keys.ensure_signing_key(idp)
    token = keys.signed(idp, "at+jwt", {})
    new = keys.rotate(idp, by="test", at_once=True)
    assert new.created_at == NOW and new.active_from - NOW == timedelta(0)
    with pytest.raises(InvalidToken):
        prove(token, "at+jwt", keys.listed(idp))
