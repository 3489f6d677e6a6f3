"""One house for each file, with the console and two branches."""

from collections.abc import Iterator

import pytest

from idp.flows.admin import console_client
from idp.model import Department, Text
from tests.support.house import House, house_in


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        with found.idp.ports.truth.begin() as tx:
            for name in ("north", "south"):
                tx.registry.put_department(Department(name, "country", "bureau", Text(name, name), "local"))
            tx.registry.put_department(Department("far-north", "north", "bureau", Text("far", "far"), "local"))
        console_client.ensure(found.idp, "local")
        yield found
