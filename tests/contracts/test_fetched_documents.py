"""Keys, sector files and request objects of applications, on real https servers: rotated, wrong, and away."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.outgoing import FilteredOutgoing
from config.settings import AllowedCall
from config.settings import Outgoing as Settings
from idp.errors import InvalidRequestUri, Unavailable
from idp.flows import client_keys, request_objects, sector
from idp.flows.context import Idp
from idp.flows.key_sets import KeySets
from idp.model import Client, Text
from idp.model.applications import TrustedIssuer
from idp.oidc.jose import base64url
from tests.support import tokens
from tests.support.site import Authority, Site, page, site
from tests.support.tokens import World

HOST = "app.example"
JWT = "eyJhbGciOiJub25lIn0.e30."


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def app(authority: Authority) -> Iterator[Site]:
    with site(authority.issue(HOST)) as held:
        yield held


@pytest.fixture
def world() -> World:
    return tokens.world()


@pytest.fixture
def idp(world: World, authority: Authority) -> Idp:
    listed = (AllowedCall(host=HOST, ca_file=authority.file),)
    wire = FilteredOutgoing(Settings(allowed=listed, resolve={HOST: "127.0.0.1"}, timeout_seconds=2))
    return replace(world.idp, ports=replace(world.idp.ports, outgoing=wire), key_sets=KeySets())


def jwk(kid: str) -> dict[str, object]:
    raw = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(raw).decode(), "kid": kid, "use": "sig"}


def key_set(*keys: dict[str, object], max_age: int = 3600) -> bytes:
    return page(orjson.dumps({"keys": keys}), f"Cache-Control: max-age={max_age}")


def client(**fields: object) -> Client:
    made = Client("app", Text("App", "应用"), "mof", ("https://app.example/callback",))
    return replace(made, **fields)  # type: ignore[arg-type]


def test_keys_by_value_are_read_without_a_call(idp: Idp, app: Site) -> None:
    one, other = jwk("one"), jwk("other")
    found = client_keys.of(idp, client(jwks=(one, other), jwks_uri=f"https://{HOST}:{app.port}/jwks"), kid="none")
    assert [key.kid for key in found] == ["one", "other"]
    assert client_keys.of(idp, client()) == ()
    assert app.asked == []


def test_a_client_rotates_its_keys(idp: Idp, world: World, app: Site) -> None:
    uri = f"https://{HOST}:{app.port}/jwks"
    old, new = jwk("old"), jwk("new")
    app.says["/jwks"] = key_set(old)
    registered, issuer = client(jwks_uri=uri), TrustedIssuer("https://other.example", "mof", jwks_uri=uri)
    assert [key.kid for key in client_keys.of(idp, registered, kid="old")] == ["old"]
    assert [key.kid for key in client_keys.of(idp, issuer, kid="old")] == ["old"]
    assert len(app.asked) == 1  # one set, whoever wants it

    app.says["/jwks"] = key_set(new, old)
    world.clock.move(minutes=1)
    assert [key.kid for key in client_keys.of(idp, registered, kid="new")] == ["new", "old"]
    app.says["/jwks"] = key_set(new)
    world.clock.move(hours=1)
    assert [key.kid for key in client_keys.of(idp, registered, kid="old")] == ["new"]
    assert len(app.asked) == 3
    assert all("Accept: application/jwk-set+json" in head for head in app.asked)


def test_the_application_is_away_and_returns(idp: Idp, world: World, authority: Authority) -> None:
    with site(authority.issue(HOST)) as app:
        uri = f"https://{HOST}:{app.port}/jwks"
        app.says["/jwks"] = key_set(jwk("a"), max_age=60)
        assert client_keys.of_uri(idp, uri, "a")
    world.clock.move(minutes=30)
    assert client_keys.of_uri(idp, uri, "a")
    world.clock.move(minutes=31)
    with pytest.raises(Unavailable) as told:
        client_keys.of_uri(idp, uri, "a")
    assert told.value.code == "temporarily_unavailable"
    with site(authority.issue(HOST), port=app.port) as back:
        back.says["/jwks"] = key_set(jwk("b"))
        world.clock.move(seconds=10)
        assert [key.kid for key in client_keys.of_uri(idp, uri, "b")] == ["b"]


@pytest.mark.parametrize(
    "answer",
    [
        page("", "Location: /other", status="302 Found"),
        page(b'{"keys": [' + b" " * 70_000 + b"]}"),
        page("not json"),
        page("{}", status="500 Broken"),
    ],
    ids=["redirect", "long", "not json", "broken"],
)
def test_no_keys_where_no_key_set_is(idp: Idp, app: Site, answer: bytes) -> None:
    app.says["/jwks"] = answer
    app.says["/other"] = key_set(jwk("a"))
    with pytest.raises(Unavailable):
        client_keys.of(idp, client(jwks_uri=f"https://{HOST}:{app.port}/jwks"))
    assert app.paths == ["/jwks"]


REDIRECTS = ("https://a.example/callback", "https://b.example/callback")


def test_a_sector_file_that_lists_all(idp: Idp, app: Site) -> None:
    app.says["/sector"] = page(orjson.dumps([*REDIRECTS, "https://c.example/"]))
    assert sector.hosts_problem(idp, f"https://{HOST}:{app.port}/sector", REDIRECTS) is None


def test_one_host_needs_no_sector(idp: Idp) -> None:
    assert sector.hosts_problem(idp, None, REDIRECTS[:1]) is None
    assert "several hosts" in (sector.hosts_problem(idp, None, REDIRECTS) or "")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (page(orjson.dumps(REDIRECTS[:1])), "does not list https://b.example/callback"),
        (page(orjson.dumps([uri + "/" for uri in REDIRECTS])), "does not list https://a.example/callback"),
        (page("[]"), "does not list"),
        (page('{"redirect_uris": []}'), "must be a JSON array"),
        (page("[1, 2]"), "must be a JSON array"),
        (page("[" * 5000), "is not JSON"),
        (page("<html>"), "is not JSON"),
        (page("[]", status="404 Nothing"), "answered 404"),
        (page("", "Location: https://b.example/", status="302 Found"), "redirects are not followed"),
        (page(b"[" + b" " * 70_000 + b"]"), "could not be fetched"),
    ],
    ids=["one", "slash", "empty", "object", "numbers", "deep", "html", "404", "redirect", "long"],
)
def test_a_sector_file_that_is_wrong(idp: Idp, app: Site, answer: bytes, told: str) -> None:
    app.says["/sector"] = answer
    problem = sector.hosts_problem(idp, f"https://{HOST}:{app.port}/sector", REDIRECTS)
    assert problem is not None
    assert told in problem


@pytest.mark.parametrize(
    "uri", ["http://app.example/sector", "https:///sector", "https://app.example/s#f", "file:///etc/passwd", ""]
)
def test_a_sector_address_that_cannot_be(idp: Idp, uri: str) -> None:
    assert "must be an https address" in (sector.hosts_problem(idp, uri, REDIRECTS) or "")


def test_what_is_wrong_tells_nothing_of_our_network(idp: Idp) -> None:
    problem = sector.hosts_problem(idp, "https://10.9.8.7/sector", REDIRECTS)
    assert problem == "the file at sector_identifier_uri could not be fetched"


@pytest.mark.parametrize("kind", ["application/oauth-authz-req+jwt", "application/jwt; charset=utf-8", "text/plain"])
def test_a_request_object_is_fetched(idp: Idp, app: Site, kind: str) -> None:
    uri = f"https://{HOST}:{app.port}/request"
    app.says["/request"] = page(f"{JWT}\n", content_type=kind)
    assert request_objects.fetched(idp, client(request_uris=(uri,)), uri) == JWT


def test_a_fragment_is_the_digest_of_what_is_there(idp: Idp, app: Site) -> None:
    uri = f"https://{HOST}:{app.port}/request"
    right = uri + "#" + urlsafe_b64encode(sha256(JWT.encode()).digest()).rstrip(b"=").decode()
    wrong = uri + "#" + urlsafe_b64encode(sha256(b"other").digest()).rstrip(b"=").decode()
    app.says["/request"] = page(JWT, content_type="application/jwt")
    assert request_objects.fetched(idp, client(request_uris=(right,)), right) == JWT
    assert request_objects.fetched(idp, client(request_uris=(uri,)), right) == JWT
    assert app.paths == ["/request", "/request"]
    for registered, asked in ((uri, wrong), (wrong, wrong), (uri, uri + "#"), (uri, uri + "#工")):
        with pytest.raises(InvalidRequestUri, match="fragment"):
            request_objects.fetched(idp, client(request_uris=(registered,)), asked)
    for registered, asked in ((right, uri), (right, wrong), (wrong, right)):
        with pytest.raises(InvalidRequestUri, match="not registered"):
            request_objects.fetched(idp, client(request_uris=(registered,)), asked)


@pytest.mark.parametrize(
    "change",
    ["{}?x=1", "{}/", "{}/../request", " {}", "{}%20", "https://evil.example/request", "file:///etc/passwd", ""],
)
def test_only_what_is_registered_is_called(idp: Idp, app: Site, change: str) -> None:
    uri = f"https://{HOST}:{app.port}/request"
    app.says["/request"] = page(JWT, content_type="application/jwt")
    with pytest.raises(InvalidRequestUri, match="not registered"):
        request_objects.fetched(idp, client(request_uris=(uri,)), change.format(uri))
    with pytest.raises(InvalidRequestUri, match="not registered"):
        request_objects.fetched(idp, client(), uri)
    assert app.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        page(JWT, content_type="text/html"),
        page(JWT, content_type="application/jwt", status="404 Nothing"),
        page("", "Location: /other", content_type="application/jwt", status="307 Elsewhere"),
        page("a.b", content_type="application/jwt"),
        page("<html>", content_type="text/plain"),
        page(f"{JWT}\r\n{JWT}", content_type="application/jwt"),
        page(b"\xff.\xff.", content_type="application/jwt"),
        page(b"a." + b"a" * 70_000 + b".a", content_type="application/jwt"),
    ],
    ids=["html", "404", "redirect", "two parts", "markup", "two", "octets", "long"],
)
def test_what_is_no_request_object(idp: Idp, app: Site, answer: bytes) -> None:
    uri = f"https://{HOST}:{app.port}/request"
    app.says["/request"] = answer
    app.says["/other"] = page(JWT, content_type="application/jwt")
    with pytest.raises(InvalidRequestUri):
        request_objects.fetched(idp, client(request_uris=(uri,)), uri)
    assert app.paths == ["/request"]
