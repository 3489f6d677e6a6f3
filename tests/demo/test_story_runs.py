"""`make demo` and `make demo-attack` hold on a real demonstration: told twice, since a used one must do as well."""

from collections.abc import Iterator

import pytest

from demo import attack, otp, story
from tests.support.demonstration import Demonstration, demonstration
from tests.support.needs import needs

pytestmark = [pytest.mark.ci, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def there() -> Iterator[Demonstration]:
    needs("slapd", "slapd")
    with demonstration() as running:
        yield running


@pytest.mark.parametrize("turn", [1, 2])
def test_the_whole_story_holds(there: Demonstration, turn: int, capsys: pytest.CaptureFixture[str]) -> None:
    status = story.main(there.state_dir)
    told = capsys.readouterr().out
    assert status == 0, told
    assert "✗" not in told
    assert all(f"\n{number}  " in told for number in range(8))
    assert "dropped payroll.approve, by payroll-approvers-approve" in told
    assert otp.secret_file(there.state_dir, "alice").exists()


@pytest.mark.parametrize("turn", [1, 2])
def test_every_attack_is_stopped(there: Demonstration, turn: int, capsys: pytest.CaptureFixture[str]) -> None:
    status = attack.main(there.state_dir)
    told = capsys.readouterr().out
    assert status == 0, told
    assert "✗" not in told
    assert told.count("alert: ") >= 3
