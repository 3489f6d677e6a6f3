"""A house whose Ministry of Finance is a real slapd."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ministry import Ministry, ministry_in


@pytest.fixture
def ministry(tmp_path: Path) -> Iterator[Ministry]:
    with ministry_in(tmp_path) as found:
        yield found
