"""Administrators of a house, each in a browser of their own, already in the console."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from idp.flows.admin import clients, console_client
from idp.flows.admin.scope import OPERATOR
from idp.model import Client, Department, Permission, Resource, Text
from tests.support.house import Browser, House, house_in

PASSWORD = "correct horse battery staple"
API = "urn:example:north"


@dataclass
class Cast:
    """Two system administrators and an audit administrator of the whole; a system administrator of the branch north."""

    house: House
    system: Browser
    other: Browser
    audit: Browser
    branch: Browser

    def clients(self) -> dict[str, Client]:
        """What is registered now."""
        return dict(self.house.idp.ports.truth.configuration().clients)

    def csrf(self, browser: Browser) -> str:
        """The token that the console itself would give: so that a refusal is the permission's, not the form's."""
        binding = browser.cookie("binding")
        return self.house.idp.ports.sealer.digest("csrf", f"{binding}|admin")

    def post(self, browser: Browser, path: str, **fields: str) -> tuple[int, str]:
        """Status and page of a form that the console gave."""
        answer = browser.post(path, fields | {"csrf": self.csrf(browser)})
        return answer.status_code, answer.get_data(as_text=True)


def enter(house: House, name: str, department: str, role: str) -> Browser:
    """An administrator who has just come in."""
    subject = house.person(name, PASSWORD, department=department, roles=(role,))
    app = house.app_of(subject)
    browser = Browser(house)
    browser.get("/admin")
    browser.submit(username=f"{department.upper()}\\{name}" if department != "local" else f"{name}@local.example")
    browser.submit(password=PASSWORD).submit(code=app.at(house.clock()))
    assert (browser.status, browser.path) == (200, "/admin"), browser.page[:2000]
    return browser


@contextmanager
def cast_in(folder: Path) -> Iterator[Cast]:
    """A house with the console, the branches north and south, and an application with its API in the north."""
    with house_in(folder) as house:
        with house.idp.ports.truth.begin() as tx:
            for name in ("north", "south"):
                one = Department(name, "country", "bureau", Text(name, name), "local", prefixes=(name.upper(),))
                tx.registry.put_department(one)
        console_client.ensure(house.idp, "local")
        api = Resource(API, Text("N", "N"), (Permission("north.use", 1, frozenset({"everyone"}), Text("U", "U")),))
        northern = Client("northern", Text("Northern", "北"), "north", ("https://north.example/",), audiences=(API,))
        clients.put(house.idp, OPERATOR, northern, (api,), "r")
        yield Cast(
            house,
            enter(house, "sys", "local", "system-administrator"),
            enter(house, "second", "local", "system-administrator"),
            enter(house, "aud", "local", "audit-administrator"),
            enter(house, "brn", "north", "system-administrator"),
        )
