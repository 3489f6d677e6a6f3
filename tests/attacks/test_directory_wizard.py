"""Against connecting directories in the console: knocking at doors inside, a neighbour's directory, a neighbour's
draft, a password for another server, forged forms, steps out of order."""

import dataclasses
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.flows.admin import console_client
from idp.flows.admin.directory import wizard
from idp.model import Department, Text
from tests.support.console import Cast, enter
from tests.support.house import Browser, house_in
from tests.support.slapd import free_ports

OPEN_PORT, SOUTHERN = free_ports()
ALLOWED = [
    {"host": "ldap.allowed.example"},
    {"host": "127.0.0.1", "port": SOUTHERN},
    {"host": "10.20.0.0/16"},
    {"host": "ldap.south.example", "department": "south"},
]
NOT_HERE = "This address may not be named here."


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with house_in(tmp_path_factory.mktemp("house"), directories_settings={"allowed": ALLOWED}) as house:
        with house.idp.ports.truth.begin() as tx:
            for name in ("north", "south"):
                one = Department(name, "country", "bureau", Text(name, name), "local", prefixes=(name.upper(),))
                tx.registry.put_department(one)
            southern = Department(
                "southern", "south", "bureau", Text("Southern", "南"), "ldap",
                {"urls": [f"ldaps://127.0.0.1:{SOUTHERN}"], "bind_dn": "cn=south-account", "base_dn": "dc=south",
                 "bind_password_sealed": "x"},
            )  # fmt: skip
            tx.registry.put_department(southern)
        console_client.ensure(house.idp, "local")
        yield Cast(
            house,
            enter(house, "sys", "local", "system-administrator"),
            enter(house, "second", "local", "security-administrator"),
            enter(house, "aud", "local", "audit-administrator"),
            enter(house, "brn", "north", "system-administrator"),
        )


def tried(cast: Cast, browser: Browser, url: str, department: str = "north") -> str:
    fields = {"do": "try", "url": url, "vendor": "openldap"}
    _, page = cast.post(browser, f"/admin/departments/{department}/directory/address", **fields)
    return page


def knocked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every look-up and every connection that is begun."""
    found: list[object] = []
    real = socket.getaddrinfo

    def watch(host: object, *rest: object, **more: object) -> object:
        found.append(host)
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", watch)
    return found


@pytest.mark.parametrize(
    "url",
    [
        "ldap://127.0.0.1:6379",
        "ldaps://localhost",
        "ldap://169.254.169.254",
        "ldap://[::1]:389",
        "ldap://2130706433:389",
        "ldap://ldap.allowed.example:22",
        "ldaps://ldap.allowed.example.evil.example",
        "ldap://10.20.0.1:8080",
        "ldap://ldap.south.example",
        "ldaps://evil@ldap.allowed.example",
        "ldap://ldap.allowed.example/dc=x??sub",
        "http://ldap.allowed.example:389",
        "ldapi://%2fvar%2frun%2fldapi",
        "",
    ],
)
def test_no_door_inside_is_knocked_at(cast: Cast, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Refused before a name is looked up, in the same words whether something listens there or not."""
    seen = knocked(monkeypatch)
    page = tried(cast, cast.branch, url)
    assert NOT_HERE in page or "That is not a directory" in page
    assert not seen
    status, _ = cast.post(cast.branch, "/admin/departments/north/directory/tls", do="try", ca_pem="x")
    assert status == 303 and not seen, "and no later step knocks in its place"


def test_an_open_and_a_shut_port_look_the_same(cast: Cast) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        opened = tried(cast, cast.branch, f"ldap://127.0.0.1:{listener.getsockname()[1]}")
        shut = tried(cast, cast.branch, f"ldap://127.0.0.1:{OPEN_PORT}")
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert NOT_HERE in opened and NOT_HERE in shut


def test_a_neighbour_s_directory_is_not_tried_although_the_operator_lists_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = knocked(monkeypatch)
    assert NOT_HERE in tried(cast, cast.branch, f"ldaps://127.0.0.1:{SOUTHERN}")
    assert not seen
    assert NOT_HERE not in tried(cast, cast.system, f"ldaps://127.0.0.1:{SOUTHERN}"), "the whole country's may"


@pytest.mark.parametrize("path", ["", "/directory/address", "/directory/map", "/directory/save"])
@pytest.mark.parametrize("department", ["south", "southern", "local", "no-such"])
def test_a_neighbour_s_department_is_as_if_it_were_not_there(cast: Cast, department: str, path: str) -> None:
    address = f"/admin/departments/{department}{path}"
    shown = cast.branch.http.get(address, base_url=cast.house.idp.issuer)
    assert shown.status_code == 404 and b"south-account" not in shown.data
    assert cast.post(cast.branch, address, do="test", url="ldaps://ldap.allowed.example")[0] == 404


def test_who_may_only_read_tries_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = knocked(monkeypatch)
    for path in ("/directory/address", "/directory/save"):
        assert cast.post(cast.audit, f"/admin/departments/southern{path}", do="try", url="ldaps://x")[0] == 403
    assert cast.post(cast.audit, "/admin/departments/southern", do="test")[0] == 403
    assert not seen


def test_a_form_that_is_not_ours_is_refused(cast: Cast) -> None:
    answer = cast.branch.post("/admin/departments/north/directory/address", {"do": "try", "csrf": "0" * 64})
    assert answer.status_code >= 400


def test_a_draft_is_its_administrator_s_alone(cast: Cast) -> None:
    tried(cast, cast.branch, "ldap://10.20.0.1:8081")
    page = cast.system.get("/admin/departments/north/directory/address").page
    assert "10.20.0.1:8081" not in page
    assert "10.20.0.1:8081" in cast.branch.get("/admin/departments/north/directory/address").page


@pytest.mark.parametrize("step", ["tls", "bind", "base", "map", "sign-in", "dry-run"])
def test_no_step_before_its_turn(cast: Cast, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    seen = knocked(monkeypatch)
    status, _ = cast.post(cast.branch, f"/admin/departments/north/directory/{step}", do="try", bind_dn="cn=x")
    assert status == 303 and not seen


def test_saving_an_unproved_draft_changes_nothing(cast: Cast) -> None:
    before = cast.house.idp.department("north")
    cast.post(cast.branch, "/admin/departments/north/directory/save", do="save", reason="now")
    assert cast.house.idp.department("north") == before


def test_a_kept_password_is_not_used_for_another_address(cast: Cast) -> None:
    """Else whoever may edit could have it sent to a server of their own."""
    from idp.flows.admin.directory.draft import department_of, draft_of, has_password, with_typed

    kept = cast.house.idp.department("southern")
    assert kept is not None
    kept = dataclasses.replace(kept, settings=kept.settings | {"bind_password_file": "/x", "ca_file": "/ca.pem"})
    draft = draft_of(kept)
    assert has_password(draft, kept)
    for step, given in (
        ("address", {"url": "ldaps://ldap.allowed.example"}),
        ("tls", {"ca_pem": "another"}),
        ("tls", {"pin": "sha256/x"}),
        ("bind", {"bind_dn": "cn=another"}),
    ):
        moved = with_typed(draft, step, given)
        assert not has_password(moved, kept), step
        settings = department_of(kept, moved).settings
        assert "bind_password_file" not in settings and settings.get("bind_password_sealed", "") == ""


def test_a_password_sealed_for_one_department_opens_at_no_other(cast: Cast, tmp_path: Path) -> None:
    from adapters.connectors import unsealed
    from idp.errors import Unavailable

    sealer = cast.house.idp.ports.sealer
    sealed = sealer.seal("directory-password:south", b"secret")
    stolen = Department("north", None, "bureau", Text("N", "N"), "ldap", {"bind_password_sealed": sealed})
    with pytest.raises(Unavailable):
        unsealed(stolen, sealer.open)


def test_a_file_of_this_machine_cannot_be_named(cast: Cast) -> None:
    """Fields that only an operator's file may have are not taken."""
    from idp.flows.admin.directory.draft import Draft, with_typed

    given = {"ca_file": "/etc/shadow", "bind_password_file": "/etc/shadow", "url": "ldaps://x"}
    assert dict(with_typed(Draft(), "address", given).typed) == {"url": "ldaps://x"}


def test_knocking_is_bounded(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even at a door that is allowed."""
    monkeypatch.setattr(wizard, "TRIES", 2)
    url = f"ldaps://127.0.0.1:{SOUTHERN}"
    pages = [tried(cast, cast.system, url, department="southern") for _ in range(4)]
    assert "Too many tries" in pages[-1]
