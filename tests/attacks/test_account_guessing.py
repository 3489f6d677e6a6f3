"""Whether an account exists, is disabled or is slowed cannot be told; guesses never lock it at its directory."""

import re
from collections.abc import Iterator

import pytest

from idp.flows.people import disable
from tests.support.directory import Directory
from tests.support.house import Browser, House, house_in

LOCKS = {"five": 5, "ten": 10, "three": 3}
DIRECTORIES = {name: Directory(name, limit) for name, limit in LOCKS.items()} | {"open": Directory("open", None)}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    for one in DIRECTORIES.values():
        one.add("alice", "alice's", "1001")
    DIRECTORIES["ten"].doubles.add("twin@ten.example")
    with house_in(tmp_path_factory.mktemp("house"), DIRECTORIES, guessing={"network_burst": 1000}) as found:
        yield found


def without_names(page: str, name: str) -> str:
    """A page without what must differ: the typed name, tokens, the interaction."""
    page = page.replace(name, "NAME")
    page = re.sub(r'name="csrf" value="[0-9a-f]+"', "csrf", page)
    return re.sub(r"\bi=[\w-]{43}", "i=", page)


def test_unknown_wrong_disabled_and_slowed_look_the_same(house: House) -> None:
    house.person("wrong", "a password")
    gone = house.person("gone", "a password")
    with house.idp.ports.truth.begin() as tx:
        disable(house.idp, tx, gone, house.clock(), by="test", why="left")
    house.person("slow", "a password")
    for _ in range(6):
        Browser(house).get("/sign-in").submit(username="slow@local.example").submit(password="x")
    seen = set()
    for name, password in (
        ("wrong@local.example", "not this"),
        ("gone@local.example", "a password"),
        ("slow@local.example", "a password"),
        ("nobody@local.example", "not this"),
        ("alice@ten.example", "not this"),
        ("nobody@ten.example", "not this"),
        ("twin@ten.example", "not this"),
    ):
        browser = Browser(house).get("/sign-in").submit(username=name)
        first = without_names(browser.page, name)
        browser.submit(password=password)
        keeper = name.rpartition("@")[2].partition(".")[0]
        told = tuple(page.replace(keeper.upper(), "DEP").replace("Local", "DEP") for page in (first, browser.page))
        assert browser.last is not None
        seen.add((browser.status, told[0], without_names(told[1], name), tuple(sorted(browser.last.headers.keys()))))
    assert len(seen) == 1, [one[0] for one in seen]


def test_a_name_that_nobody_has_is_slowed_like_one_that_somebody_has(house: House) -> None:
    for name in ("ghost@local.example", "ghost@ten.example"):
        readings = [_tried(house, name, f"guess {number}") for number in range(6)]
        assert readings == [readings[0]] * 6


@pytest.mark.parametrize("name", ["three", "five", "ten"])
def test_no_stream_of_guesses_locks_an_account_at_its_directory(house: House, name: str) -> None:
    """Every alias, many networks, known device and strangers: binds stay below the directory's own limit."""
    directory = DIRECTORIES[name]
    (alice, _) = directory.people["alice"]
    aliases = ["alice", f"alice@{name}.example", "1001", f"{name.upper()}\\alice", "ALICE", "al\u034fice", "alice "]
    for number, alias in enumerate(aliases * 4):
        browser = Browser(house, f"198.18.{number}.9").get("/sign-in").submit(username=alias)
        if browser.path == "/sign-in/department":
            browser.submit(department=name)
        browser.submit(password=f"guess {number}")
        assert browser.path == "/sign-in/password"
    assert 0 < directory.wrong[alice.stable_id] < LOCKS[name]
    assert not directory.locked(alice)


def test_a_known_device_goes_on_while_strangers_are_slowed_and_both_stay_below_the_limit(house: House) -> None:
    directory = DIRECTORIES["ten"]
    bob = directory.add("bob", "bob's")
    own = Browser(house).get("/sign-in").submit(username="bob@ten.example").submit(password="bob's")
    assert own.path == "/sign-in/enrol"
    subject = house.idp.ports.truth.people.by_link("ten", bob.stable_id)
    assert subject is not None
    app = house.app_of(subject)
    own.get("/me").submit(username="bob@ten.example").submit(password="bob's").submit(code=app.at(house.clock()))
    assert own.path == "/me"
    for number in range(12):
        stranger = Browser(house, f"198.19.{number}.9").get("/sign-in").submit(username="bob@ten.example")
        stranger.submit(password=f"guess {number}")
    for number in range(12):
        again = _known(house, own).get("/sign-in").submit(username="bob@ten.example")
        again.submit(password=f"typo {number}")
    assert directory.wrong[bob.stable_id] < 10 - 1
    assert _known(house, own).get("/me").path == "/sign-in"


def test_a_directory_without_a_known_limit_is_guessed_at_no_more_than_the_settings_allow(house: House) -> None:
    directory = DIRECTORIES["open"]
    for number in range(12):
        browser = Browser(house, f"198.17.{number}.9").get("/sign-in").submit(username="alice@open.example")
        browser.submit(password=f"guess {number}")
    assert directory.binds["open-alice"] == house.idp.settings.guessing.stranger_burst


@pytest.mark.parametrize("password", ["", "x" * 1025, "a\0b"])
def test_what_is_no_password_never_reaches_a_directory(house: House, password: str) -> None:
    """An empty password would be an unauthenticated bind, which many directories answer with yes. RFC 4513 §5.1.2."""
    directory = DIRECTORIES["open"]
    directory.add("carol", "")
    browser = Browser(house).get("/sign-in").submit(username="carol@open.example").submit(password=password)
    assert browser.path == "/sign-in/password" and directory.binds["open-carol"] == 0


def test_a_network_that_guesses_at_everybody_is_told_to_the_operator(tmp_path_factory: pytest.TempPathFactory) -> None:
    with house_in(tmp_path_factory.mktemp("spray"), guessing={"network_burst": 5}) as house:
        app = house.app_of(house.person("zoe", "a password"))
        for number in range(8):
            browser = Browser(house, "203.0.113.50").get("/sign-in").submit(username=f"user{number}@local.example")
            browser.submit(password="Summer2026")
        assert house.alerts("network-guessing") == 1
        assert house.told("sign-in.strangers-failed")
        inside = Browser(house).sign_in("/me", "zoe", "a password", app)
        assert inside.path == "/me"  # other networks go on
        assert _tried(house, "zoe@local.example", "a password", "203.0.113.50") == (200, "/sign-in/password", True)


def _tried(house: House, name: str, password: str, address: str = "10.1.2.3") -> tuple[int, str, bool]:
    browser = Browser(house, address).get("/sign-in").submit(username=name).submit(password=password)
    return browser.status, browser.path, "The name or password is not right" in browser.page


def _known(house: House, own: Browser) -> Browser:
    """The same device, without its session."""
    browser = Browser(house)
    browser.plant("device", own.cookie("device") or "")
    return browser


def test_one_password_at_many_accounts_is_told_to_the_operator_and_replaced_where_it_fits(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with house_in(tmp_path_factory.mktemp("spray"), guessing={"spray_accounts": 4}) as house:
        known = house.person("hit", "Autumn2026 again")
        for number in range(6):
            browser = Browser(house, f"198.18.{number}.9").get("/sign-in")
            browser.submit(username=f"user{number}@local.example").submit(password="Autumn2026 again")
        assert house.alerts("password-spray") == 1
        hit = Browser(house).get("/me").submit(username="hit@local.example").submit(password="Autumn2026 again")
        assert house.factors(known, "password")[0].state["due"] == "sprayed" and hit.path != "/sign-in/password"
