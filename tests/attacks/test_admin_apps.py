"""Against the console's pages about applications: other branches, readers, forged forms, hostile words, tricks with
return addresses, secrets where they do not belong."""

import logging
import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest

from idp.flows.admin import clients
from idp.flows.admin.client_secrets import holds
from idp.flows.admin.scope import OPERATOR
from idp.model import Client, Text
from tests.support.console import API, Cast, cast_in
from tests.support.house import Browser

NEW = "/admin/apps/new"
PAGE = "/admin/apps/payroll"
HOSTILE = "<script>alert(1)</script>\"'{{7*7}}%(x)s"


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with cast_in(tmp_path_factory.mktemp("house")) as found:
        yield found


def fields(**more: str) -> dict[str, str]:
    kept = {"kind": "web", "name": "Leave", "name_zh": "请假", "address": "https://leave.example/back"}
    return kept | {"department": "local", "reason": "asked by them"} | more


def registered(cast: Cast, browser: Browser, **more: str) -> str:
    """The page that comes of the page's own form, with these fields filled in, be they offered or not."""
    action, hidden = browser.get(NEW).hidden(kind="")
    browser.last = browser.post(action, hidden | fields(**more))
    where = browser.last.headers.get("Location")
    return browser.get(where).page if where else browser.last.get_data(as_text=True)


@pytest.mark.parametrize("do", ["test", "new-secret", "drop-secret", "remove"])
def test_a_reader_changes_nothing_and_sees_no_button(cast: Cast, do: str) -> None:
    before = cast.clients()
    page = cast.audit.get(PAGE).page
    assert cast.audit.status == 200
    assert 'action="/admin/apps/payroll"' not in page.replace('method="get" action="/admin/apps/payroll#addresses"', "")
    assert cast.post(cast.audit, PAGE, do=do, reason="r")[0] == 403
    assert cast.clients() == before


@pytest.mark.parametrize("kind", ["device-bound", "attested"])
def test_stricter_passkeys_are_kept_shown_and_in_the_log(cast: Cast, kind: str) -> None:
    page = registered(cast, cast.system, name=f"Strict {kind}", authenticators=kind)
    words = {"device-bound": "whose key never leaves its device", "attested": "that their maker proves"}[kind]
    made = cast.house.idp.ports.truth.configuration().clients[f"strict-{kind}"]
    assert made.authenticators == kind and words in page
    rows = cast.house.idp.ports.truth.audit.search(name="client.changed", client_id=made.id, limit=5)
    assert len(rows) == 1 and made.id in rows[0].body


@pytest.mark.parametrize("kind", ["none", "ANY", "<script>", "any,attested"])
def test_a_kind_of_passkey_that_there_is_not_registers_nothing(cast: Cast, kind: str) -> None:
    """A misspelt kind must never become the least strict one."""
    before = cast.clients()
    page = registered(cast, cast.system, name="Loose", authenticators=kind)
    assert "Choose one of the three kinds of passkeys" in page and cast.clients() == before


def test_a_reader_registers_nothing(cast: Cast) -> None:
    before = cast.clients()
    assert NEW not in cast.audit.get("/admin/apps").page
    assert cast.audit.get(NEW).status == 403
    assert cast.post(cast.audit, NEW, **fields(), once="x")[0] == 403
    assert cast.audit.get(f"{PAGE}/tested?code=x&state=y").status == 403
    assert cast.clients() == before


def test_another_branch_is_as_if_it_were_not_there(cast: Cast) -> None:
    before = cast.clients()
    assert "northern" in cast.branch.get("/admin/apps").page
    assert "payroll" not in cast.branch.page
    assert cast.branch.get("/admin/apps/northern").status == 200
    for path in (PAGE, f"{PAGE}?try=https://payroll.example/", f"{PAGE}/tested?code=x&state=y", "/admin/apps/nothing"):
        assert cast.branch.get(path).status == 404
        assert "Payroll" not in cast.branch.page
    for do in ("test", "new-secret", "drop-secret", "remove"):
        assert cast.post(cast.branch, PAGE, do=do, reason="r")[0] == 404
    assert cast.clients() == before


def test_a_branch_registers_only_for_itself(cast: Cast) -> None:
    for department in ("local", "country", "south", "nowhere"):  # its form has no choice: what is sent is not believed
        registered(cast, cast.branch, department=department, id=f"for-{department}")
        assert cast.clients()[f"for-{department}"].department_id == "north"


def test_whoever_has_a_choice_must_make_it(cast: Cast) -> None:
    before = cast.clients()
    for department in ("nowhere", ""):
        assert 'id="department-error"' in registered(cast, cast.system, department=department)
    assert cast.clients() == before


def test_nobody_takes_over_another_s_id(cast: Cast) -> None:
    """Registering is never changing, be it one's own, another branch's or one that was switched off."""
    before = cast.clients()
    clients.put(cast.house.idp, OPERATOR, Client("gone", Text("G", "G"), "local", ("https://g.example/",)), (), "r")
    clients.remove(cast.house.idp, OPERATOR, "gone", "r", cast.house.clock())
    for taken in ("payroll", "gone", "gerege-console", "gerege-account", "new"):
        assert "Choose another id" in _draft_with(cast, cast.branch, taken)
    assert {key: one for key, one in cast.clients().items() if key in before} == before
    assert cast.clients()["gone"].disabled


def _draft_with(cast: Cast, browser: Browser, client_id: str) -> str:
    return registered(cast, browser, id=client_id)


def test_a_machine_is_let_at_an_api_by_those_who_run_it(cast: Cast) -> None:
    foreign = {"kind": "machine", "audience": "urn:example:payroll", "id": "thief"}
    page = registered(cast, cast.branch, **foreign)
    assert "belongs to somebody else" in page
    assert "thief" not in cast.clients()
    own = {"kind": "machine", "audience": API, "id": "nightly"}
    registered(cast, cast.branch, **own)
    assert cast.clients()["nightly"].scopes == ("north.use",)
    assert "belongs to somebody else" in registered(cast, cast.system, kind="machine", audience="urn:gerege:console")


def test_forms_of_other_sites_are_refused(cast: Cast) -> None:
    before = cast.clients()
    for path, sent in ((NEW, fields()), (PAGE, {"do": "remove", "reason": "r"}), (PAGE, {"do": "test"})):
        assert cast.system.post(path, sent).status_code == 403
        right = sent | {"csrf": cast.csrf(cast.system)}
        assert cast.system.post(path, right, Origin="https://evil.example").status_code == 403
        assert cast.system.post(path, right | {"csrf": cast.csrf(cast.other)}).status_code == 403
    assert cast.clients() == before


def test_a_get_changes_nothing(cast: Cast) -> None:
    before, log = cast.clients(), cast.house.events("client.changed")
    for path in (
        "/admin/apps",
        f"{NEW}?kind=web&name=X&name_zh=X&address=https://x.example/&department=local&reason=r",
        f"{PAGE}?do=remove&reason=r",
        f"{PAGE}?do=new-secret&reason=r&try=x",
        f"{PAGE}?do=test",
    ):
        found = cast.system.get(path)
        assert (found.status, found.path) == (200, urlsplit(path).path)
        assert found.last is not None
        assert found.last.headers["Cache-Control"] == "no-store"
    assert cast.clients() == before
    assert cast.house.events("client.changed") == log


@pytest.mark.parametrize("do", ["new-secret", "drop-secret", "remove"])
def test_each_change_needs_its_reason(cast: Cast, do: str) -> None:
    before = cast.clients()
    assert "say why" in cast.post(cast.system, PAGE, do=do, reason="  ")[1]
    assert cast.clients() == before


def test_one_form_registers_one_application(cast: Cast) -> None:
    """Sent twice, or without its mark: the second time nothing is made."""
    cast.system.get(NEW)
    once = re.search(r'name="once" value="([^"]+)"', cast.system.page)
    assert once
    assert cast.post(cast.system, NEW, **fields(name="Twice"), once=once[1])[0] == 200
    assert "was sent before" in cast.post(cast.system, NEW, **fields(name="Twice"), once=once[1])[1]
    assert "was sent before" in cast.post(cast.system, NEW, **fields(name="Twice"))[1]
    assert [key for key in cast.clients() if key.startswith("twice")] == ["twice"]


TRICKS = (
    "http://payroll.example/back",
    "https://payroll.example/back#x",
    "https://payroll.example@evil.example/",
    "https://*.example/back",
    "javascript:alert(1)",
    "data:text/html,x",
    "/admin/apps/payroll/tested",
    "//evil.example/back",
    "https:///back",
    "https://пример.example/",
    "https://payroll.example/b ack",
    "https://payroll.example\\@evil.example/",
    "https://[::1",
    "myapp:/back",
    "com.example.app:/back",
    "https://" + "a" * 2100 + ".example/",
    "",
)


@pytest.mark.parametrize("address", TRICKS, ids=range(len(TRICKS)))
def test_tricky_addresses_are_not_registered(cast: Cast, address: str) -> None:
    before = cast.clients()
    page = registered(cast, cast.system, address=address, name="Tricky")
    assert 'id="address-error"' in page
    assert 'value="Tricky"' in page  # what was typed is kept
    assert cast.clients() == before


@pytest.mark.parametrize("client_id", ["A", "x", "a/b", "../x", "a b", "-a", "a" * 64, "a\x00b", "ａｂ", "a?b"])
def test_an_id_that_could_mean_something_else_is_refused(cast: Cast, client_id: str) -> None:
    before = cast.clients()
    assert 'id="id-error"' in _draft_with(cast, cast.system, client_id)
    assert cast.clients() == before


def test_hostile_words_stay_words(cast: Cast) -> None:
    page = registered(cast, cast.system, name=HOSTILE, name_zh=HOSTILE, reason=HOSTILE)
    made = next(one for one in cast.clients().values() if one.name.en == HOSTILE)
    tried = cast.system.get(f"/admin/apps/{made.id}?try={quote(HOSTILE)}").page
    wrong = registered(cast, cast.system, name=HOSTILE, address=HOSTILE)
    for text in (page, tried, wrong, cast.system.get("/admin/apps").page):
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
        assert "49%(x)s" not in text
    cast.system.get(f"/admin/apps/{made.id}").submit(do="test")
    assert "<script>alert" not in cast.system.page


def test_hostile_addresses_end_no_string_of_the_code(cast: Cast) -> None:
    """What an address may hold, in every snippet: still one string, and nothing after it."""
    address = "https://x.example/'$(id);`id`/back"
    address = address.replace("`", "%60")
    for kind in ("web", "browser", "native"):
        registered(cast, cast.system, kind=kind, address=address, name=f"Quoted {kind}")
        page = cast.system.get(f"/admin/apps/quoted-{kind}").page
        assert "&#34;https://x.example/&#39;$(id);%60id%60/back&#34;" in page


def secret_of(page: str) -> str:
    found = re.search(r'<p class="big"><span class="code" dir="ltr">([A-Za-z0-9_-]{43})<', page)
    assert found, page[:3000]
    return found[1]


def test_a_secret_is_on_one_answer_and_nowhere_else(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    first = secret_of(registered(cast, cast.system, name="Vault"))
    assert cast.system.last is not None
    assert cast.system.last.headers["Cache-Control"] == "no-store"
    assert first not in cast.system.url
    path = "/admin/apps/vault"
    second = secret_of(cast.system.get(path).submit(do="new-secret", reason="rotation").page)
    client = cast.clients()["vault"]
    assert holds(client, first)
    assert holds(client, second)
    assert "Two secrets are good" in cast.system.get(path).page
    cast.system.submit(do="drop-secret", reason="all changed over")
    client = cast.clients()["vault"]
    assert not holds(client, first)
    assert holds(client, second)
    for secret in (first, second):
        assert secret not in cast.system.get(path).page
        assert secret not in caplog.text
        assert not any(secret in row.body for row in cast.house.idp.ports.truth.audit.search(limit=500))
    assert "no older secret" in cast.post(cast.system, path, do="drop-secret", reason="again")[1]


def test_switched_off_is_off(cast: Cast) -> None:
    registered(cast, cast.system, name="Short Lived")
    path = "/admin/apps/short-lived"
    cast.system.get(path).submit(do="remove", reason="done")
    assert cast.clients()["short-lived"].disabled
    page = cast.system.get(path).main
    assert "Switched off" in page and 'name="do"' not in page
    assert "nobody signs in" in cast.post(cast.system, path, do="test")[1]
    assert cast.post(cast.system, "/admin/apps/gerege-console", do="remove", reason="r")[0] == 200
    assert not cast.clients()["gerege-console"].disabled
