"""Errors of flows as pages: the right status, a reference, and nothing of the inside."""

from collections.abc import Iterator
from typing import Any

import pytest

from idp.errors import IdpError, NotAllowed, NotFound
from tests.support.house import House, house_in


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_in(tmp_path_factory.mktemp("house")) as found:
        yield found


@pytest.mark.parametrize(("error", "status"), [(NotAllowed("sub_1 has no x.y"), 403), (NotFound("no sub_1"), 404)])
def test_what_is_not_there_or_not_theirs_is_a_page(house: House, error: IdpError, status: int) -> None:
    app: Any = house.app._pages  # type: ignore[attr-defined]  # behind the door, the pages
    with app.test_request_context("/admin/people/sub_1", base_url=house.idp.issuer):
        answer = app.handle_user_exception(error)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert error.detail not in answer.get_data(as_text=True)
