"""The page of components is there to look at, and not there in production."""

from pathlib import Path

import pytest

from tests.support.browser import ISSUER
from tests.support.house import house_in


@pytest.mark.parametrize(("mode", "status"), [("demonstration", 200), ("production", 404)])
def test_components_are_shown_in_demonstration_mode_only(tmp_path: Path, mode: str, status: int) -> None:
    with house_in(tmp_path):
        """The first start makes the keys that production asks for."""
    with house_in(tmp_path, mode=mode) as house:
        answer = house.http().get("/styleguide", base_url=ISSUER)
        assert answer.status_code == status
        assert ('class="codes"' in answer.get_data(as_text=True)) == (mode == "demonstration")
        chinese = house.http().get("/styleguide?lang=zh-CN", base_url=ISSUER).get_data(as_text=True)
        assert ("组件" in chinese) == (mode == "demonstration")
