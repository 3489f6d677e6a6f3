"""One house for each file of stories, one running server for all of the protocol's; each story brings its people."""

from collections.abc import Iterator

import pytest

from tests.support.conformance import Suite, suite
from tests.support.house import House, house_in


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.fixture(scope="session")
def protocol() -> Iterator[Suite]:
    with suite() as found:
        yield found
