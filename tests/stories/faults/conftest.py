"""One ground for all faults of a file: each leaves it whole again, which is part of what is shown."""

from collections.abc import Iterator

import pytest

from tests.stories.faults.ground import Ground, ground_in


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground_in(tmp_path_factory.mktemp("ground")) as found:
        yield found


@pytest.fixture(autouse=True)
def _later(ground: Ground) -> Iterator[None]:
    """What one test has used of budgets is nothing to the next."""
    ground.house.clock.move(days=1)
    yield
