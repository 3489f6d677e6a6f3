"""One house for each file of attacks on sign-in; each attack brings its own people."""

from collections.abc import Iterator

import pytest

from tests.support.house import House, house_in


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found
