"""Who travels, and which browser is whose."""

import json
from pathlib import Path

from demo.travel import Browsers, Itinerary, Place, names_of, typed_name

SINGAPORE = Place("SG", "203.0.113.9")
FORM = "application/x-www-form-urlencoded"


def test_a_person_goes_and_comes_home(tmp_path: Path) -> None:
    office, proxy = (Itinerary(tmp_path / "travel.json") for _ in range(2))
    assert proxy.place("alice@mof.example") is None
    office.go("alice", SINGAPORE)
    assert proxy.place("Alice@mof.example") == SINGAPORE
    assert proxy.place("MOF\\alice") == SINGAPORE
    assert proxy.place("wang.wei@moe.example") is None
    office.go("ALICE", None)
    assert proxy.place("alice") is None
    assert json.loads((tmp_path / "travel.json").read_text()) == {}


def test_an_unreadable_itinerary_moves_nobody(tmp_path: Path) -> None:
    path = tmp_path / "travel.json"
    for text in ("{", "[]", '{"alice": 3}', '{"alice": {"country": "SG"}}'):
        path.write_text(text)
        assert Itinerary(path).place("alice") is None


def test_only_the_forms_of_a_name_match() -> None:
    assert names_of("Wang.Wei@moe.example") == ("wang.wei@moe.example", "wang.wei")
    assert "alice" not in names_of("malice@mof.example")


def test_cookies_belong_to_whoever_typed_the_name_last(tmp_path: Path) -> None:
    browsers = Browsers(tmp_path / "browsers.json")
    browsers.learn("alice", ["binding=a; theme=dark"])
    browsers.learn("wang.wei", ["__Host-session=b; Path=/; Secure; HttpOnly"])
    assert browsers.owner(["binding=a"]) == "alice"
    assert browsers.owner(["__Host-session=b"]) == "wang.wei"
    assert browsers.owner(["binding=a; __Host-session=b"]) == "wang.wei"
    assert browsers.owner(["theme=dark"]) is None
    assert browsers.owner(["binding=b"]) is None
    assert Browsers(tmp_path / "browsers.json").owner(["binding=a"]) == "alice"


def test_an_emptied_cookie_is_nobodys_and_values_are_not_kept(tmp_path: Path) -> None:
    browsers = Browsers(tmp_path / "browsers.json")
    browsers.learn("alice", ['session=""; Max-Age=0', "device=the-secret-value"])
    assert browsers.owner(["session="]) is None
    assert "the-secret-value" not in (tmp_path / "browsers.json").read_text()
    assert (tmp_path / "browsers.json").stat().st_mode & 0o077 == 0


def test_the_name_is_read_from_the_sign_in_form_only() -> None:
    assert typed_name(FORM + "; charset=utf-8", b"csrf=x&username=alice%40mof.example") == "alice@mof.example"
    assert typed_name("application/json", b'{"username": "alice"}') is None
    assert typed_name(FORM, b"password=alice") is None
    assert typed_name(FORM, b"username=") is None
    assert typed_name(FORM, b"username=alice&" + b"x" * 9000) is None
