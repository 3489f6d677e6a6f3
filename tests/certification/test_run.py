"""A whole run as `docs/howto/certification.md` says it: each plan of the programme by one flow of a real client.

What the suite looks at is looked at here: the libraries check signatures, audiences and times of everything they get.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from adapters.sql.truth import STALE_SECONDS
from tests.support.certified import ISSUER, NAME, ROOT, Run, certified
from tests.support.howto import HowTo
from tests.support.suite import Call


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with certified() as found:
        yield found


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.mark.ci
def test_config_basic_and_form_post(run: Run, tmp_path: Path) -> None:
    """Spec: OIDC Discovery §3; OIDC Core §3.1.2, §3.1.3, §5.3, §5.5, §12; RFC 9207; Form Post §2."""
    with run.window() as page:
        found = run.talk(tmp_path, "certified-basic.mjs", {}, page)
    metadata, first = found["metadata"], found["first"]
    assert metadata["issuer"] == ISSUER
    assert all(url.startswith("https://") for name, url in metadata.items() if name.endswith("_endpoint"))
    assert {"RS256", "ES256", "PS256"} <= set(metadata["id_token_signing_alg_values_supported"])

    assert first["shown"] == ["/sign-in", "/sign-in/password", "/consent"]
    assert query(first["url"])["state"] == "s" * 128
    assert query(first["url"])["iss"] == ISSUER
    claims = first["claims"]
    assert abs(first["seconds"]) < 300
    assert claims["acr"]
    assert {"name", "email", "address", "phone_number", "nonce"} & claims.keys() == set()
    assert {"name", "birthdate", "zoneinfo", "email_verified", "phone_number", "address"} <= found["userinfo"].keys()
    assert found["twice"] == "invalid_grant"

    for silent in ("quiet", "hinted"):
        assert found[silent]["shown"] == []
        assert found[silent]["claims"]["sub"] == claims["sub"]
    assert found["quiet"]["claims"]["nonce"] == "n" * 64
    assert found["young"]["shown"] == ["/consent"]
    assert found["young"]["claims"]["auth_time"] == found["quiet"]["claims"]["auth_time"]
    for again, before in (("anew", "young"), ("old", "anew")):
        assert "/sign-in/password" in found[again]["shown"]
        assert found[again]["claims"]["auth_time"] > found[before]["claims"]["auth_time"]
    assert "auth_time" in found["named"]["claims"]
    assert found["named"]["userinfo"]["name"] == "Anna Example"

    assert query(found["denied"]["url"]) == {"error": "access_denied", "state": "s" * 128, "iss": ISSUER} | {
        name: value for name, value in query(found["denied"]["url"]).items() if name == "error_description"
    }
    assert (found["formed"]["method"], found["formed"]["claims"]["aud"]) == ("POST", "basic-2")
    assert query(found["formed"]["url"]) == {}
    assert found["secretPosted"]["claims"]["aud"] == "basic-post"
    given, *later = found["renewed"]
    for one in later:
        assert {name: one[name] for name in ("iss", "sub", "aud")} == {
            name: given[name] for name in ("iss", "sub", "aud")
        }
        assert one["iat"] >= given["iat"]
    assert found["notIts"] == "invalid_grant"
    assert query(found["typeless"])["error"] in ("invalid_request", "unsupported_response_type")
    assert all(url.startswith(f"{ISSUER}/") for url in found["elsewhere"])  # our own page, no redirect at all


@pytest.mark.ci
@pytest.mark.parametrize("client_id", ["logout-rp", "logout-back", "logout-front"])
def test_sign_out(run: Run, tmp_path: Path, client_id: str) -> None:
    """Spec: RP-Initiated Logout §2, §3; Back-Channel Logout §2.4; Front-Channel Logout §3."""
    with run.window() as page:
        found = run.talk(tmp_path, "certified-logout.mjs", {}, page, id=client_id)
    after = run.callback.replace("callback", "post_logout_redirect")
    assert all(url.startswith(f"{ISSUER}/") for url in found["refused"]), found["refused"]
    assert found["plain"]["shown"][0] == "/logout"
    assert "signed out" in found["plain"]["text"].lower()
    assert found["plainly"] == found["quietly"] == "login_required"
    assert found["last"] == f"{after}?state=bye"
    assert found["stateless"] == after
    if client_id == "logout-front":
        assert run.suite.heard("/frontchannel_logout").query["iss"] == ISSUER
    if client_id == "logout-back":
        said = logout_token(run, run.suite.heard("/backchannel_logout"))
        assert said["sub"] == found["claims"]["sub"]
        assert said["aud"] in (client_id, [client_id])


def logout_token(run: Run, call: Call) -> dict[str, object]:
    """Its claims, when its signature and everything that a logout token must have are right."""
    answer, keys = run.edge.ask("/jwks", name=NAME)
    assert answer.status == 200
    token = jwt.decode(
        call.form["logout_token"], KeySet.import_key_set(json.loads(keys)), algorithms=["RS256", "ES256"]
    )
    assert (call.method, token.header["typ"], token.claims["iss"]) == ("POST", "logout+jwt", ISSUER)
    assert token.claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert {"iat", "jti", "sid", "exp"} <= token.claims.keys()
    assert "nonce" not in token.claims
    return token.claims


@pytest.mark.ci
@pytest.mark.parametrize(
    ("client_id", "signed", "scope"),
    [
        ("fapi-dpop-1", False, "openid accounts payments"),
        ("fapi-mtls-1", False, "accounts payments"),
        ("fapi-ms-1", True, "openid accounts payments"),
    ],
)
def test_fapi(run: Run, tmp_path: Path, client_id: str, signed: bool, scope: str) -> None:
    """Spec: FAPI 2.0 SP §5.3.2, §5.3.3; FAPI 2.0 MS §5.3, §5.4; RFC 9126 §2, §4; RFC 9449; RFC 8705 §2.1, §3, §5."""
    asked = {"id": client_id, "signed": signed, "scope": scope, "bank": f"{ISSUER}/certification"}
    with run.window() as page:
        found = run.talk(tmp_path, "certified-fapi.mjs", {}, page, **asked)
    mtls = client_id == "fapi-mtls-1"
    assert found["shown"] == ["/sign-in", "/sign-in/password", "/consent"]
    assert found["answered"] == (["response"] if signed else ["code", "iss", "state"])
    assert found["type"] == ("bearer" if mtls else "dpop")
    assert list(found["access"]["cnf"]) == ["x5t#S256" if mtls else "jkt"]
    assert found["access"]["aud"] == "urn:certification:bank"
    assert ("openid" in scope) == bool(found.get("claims"))
    for answer, status in ((found["accounts"], 200), (found["payments"], 201)):
        assert (answer["status"], answer["named"]) == (status, "c770aef3-6784-41f7-8e0e-ff5f97bddb3a")
    assert found["stolen"] == "OAUTH_WWW_AUTHENTICATE_CHALLENGE"
    assert found["asBearer"] == 401
    assert found["twice"] == found["unverified"] == "invalid_grant"
    assert found["unchallenged"] == found["plain"] == "invalid_request"
    assert found["unregistered"] in ("invalid_request", "invalid_redirect_uri")
    assert found["denied"] == "access_denied"
    assert found["unpushed"].startswith(f"{ISSUER}/") or "error=" in found["unpushed"]
    assert "code=" not in found["unpushed"] + found["used"]


@pytest.mark.ci
def test_fapi_ciba(run: Run, tmp_path: Path) -> None:
    """Spec: CIBA Core §7.1, §7.3, §10.1, §11, §13; FAPI-CIBA §5.2.2; RFC 8705 §3."""
    with run.window() as page:
        found = run.talk(tmp_path, "certified-ciba.mjs", {}, page, bank=f"{ISSUER}/certification")
    assert found["asked"]["expires_in"] <= 60
    assert (found["pending"], found["approved"]) == ("authorization_pending", 200)
    assert (found["claims"]["aud"], found["type"], found["accounts"]) == ("ciba-1", "bearer", 200)
    assert found["stolen"] == "OAUTH_WWW_AUTHENTICATE_CHALLENGE"
    assert (found["twice"], found["denied"]) == ("invalid_grant", "access_denied")
    assert found["noHint"] == found["twoHints"] == "invalid_request"
    assert found["unknown"] is None  # an application does not learn who works here


@pytest.mark.ci
def test_the_how_to_of_certificates(run: Run, tmp_path: Path) -> None:
    """`docs/howto/fapi.md`, its second half, here, where nginx stands in front. Spec: RFC 8705 §2.1, §3, §5."""
    whole = HowTo.read("fapi")
    own = {
        "robot.treasury.example": "fapi-mtls-1.certification.example",
        'department = "mof"': 'department = "certification"',
    }
    places = {"https://id.example": ISSUER, "https://treasury.example/callback": run.callback}
    howto = HowTo(whole.text.partition("## With a certificate")[2]).at({**own, **places})
    (run.folder / "treasury.toml").write_text(f'purpose = "certification"\n{howto.blocks("toml")[0]}', encoding="utf-8")
    run.gerege("apply", str(run.folder / "treasury.toml"), "--reason", "as its how-to says")
    time.sleep(STALE_SECONDS + 0.1)
    certificate = run.told["fapi-mtls-1"]["mtls"]
    modules = {"treasury.pem": certificate["cert"], "treasury.key": certificate["key"]}
    with run.window() as page:
        found = run.talk(tmp_path, "mtls.mjs", {"howto.mjs": howto.blocks("js")[0], **modules}, page)
    assert found["access"]["cnf"].keys() == {"x5t#S256"}
    assert (found["userinfo"]["sub"], found["userinfo"]["name"]) == (found["claims"]["sub"], "Anna Example")
    for stranger in ("without", "elsewhere", "nobody"):
        assert found[stranger] == "OAUTH_WWW_AUTHENTICATE_CHALLENGE"
    assert found["twice"] == "invalid_grant"


@pytest.mark.ci
def test_a_production_server_does_not_start_with_it(run: Run) -> None:
    """On the run's own database, without what only this mode may call."""
    text = (run.folder / "certification.toml").read_text(encoding="utf-8").partition("[[outgoing.allowed]]")[0]
    strict = run.folder / "production.toml"
    strict.write_text(text.replace('mode = "demonstration"', 'mode = "production"'), encoding="utf-8")
    assert "production never serves" in refusal(strict, "serve")
    assert "purpose" in refusal(strict, "apply", str(run.folder / "run" / "plan.toml"), "--reason", "no")


def refusal(config: Path, *words: str) -> str:
    """What a verb of the command line says when it will not."""
    command = [sys.executable, "-m", "idp.cli", *words, "--config", str(config)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0, done.stdout
    return done.stdout + done.stderr
