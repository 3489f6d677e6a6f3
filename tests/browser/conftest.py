"""What the browser stories share: one Chromium and one running demonstration for each process of the test run."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import chromium
from tests.support.demonstration import Demonstration, demonstration
from tests.support.needs import needs


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def there() -> Iterator[Demonstration]:
    needs("chromium", "chromium")
    needs("slapd", "slapd")
    with demonstration() as running:
        yield running
