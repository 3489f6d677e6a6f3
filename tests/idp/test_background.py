"""Work that no request asks for: one process leads, a failure takes nothing else down, rules are read again."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from idp.app import RULES, messages_of
from idp.background import TERM, Background, Job, Policies, jobs
from idp.errors import Unavailable
from idp.flows import watch
from idp.flows.admin import console_client, departments
from idp.flows.admin.bootstrap import bootstrap
from idp.flows.admin.scope import OPERATOR
from tests.support.house import House, house_in, settings_in


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    rules = tmp_path_factory.mktemp("rules")
    shutil.copytree(RULES, rules, dirs_exist_ok=True)
    with house_in(tmp_path_factory.mktemp("house"), policies_dir=str(rules)) as found:
        yield found


def test_one_process_leads_until_its_term_is_over(house: House) -> None:
    first, second = Background(house.idp), Background(house.idp)
    done: list[int] = []
    job = Job("count", timedelta(seconds=1), lambda: done.append(1))
    assert first.turn(job)
    assert not second.turn(job)
    assert first.turn(job)
    house.clock.move(seconds=TERM.total_seconds() + 1)
    assert second.turn(job)
    assert not first.turn(job)
    assert len(done) == 3


def test_a_failure_is_told_and_tried_again(house: House, caplog: pytest.LogCaptureFixture) -> None:
    def away() -> None:
        raise Unavailable("store", "gone fishing")

    def broken() -> None:
        raise RuntimeError("a mistake of ours")

    background = Background(house.idp)
    assert not background.turn(Job("away", TERM, away))
    assert not background.turn(Job("broken", TERM, broken))
    assert "gone fishing" in caplog.text
    assert "a mistake of ours" in caplog.text
    assert background.turn(Job("fine", TERM, lambda: None))


def test_the_log_is_sequenced_and_the_watch_keeps_its_minute(house: House) -> None:
    by_name = {job.name: job for job in jobs(house.idp)}
    assert set(by_name) == {
        "sequence",
        "deliver",
        "sync",
        "letters",
        "watch",
        "policies",
        "keys",
        "forget",
        "retention",
        "revocation-lists",
    }
    background = Background(house.idp)
    assert background.turn(by_name["sequence"])
    assert all(row.seq is not None for row in house.idp.ports.truth.audit.search(limit=500))
    assert background.turn(by_name["deliver"])
    assert background.turn(by_name["watch"])
    for every in watch.EVERY.values():
        # A leader that is killed right after a round delays the next by its term and the others' patience.
        assert every + 2 * timedelta(seconds=5) <= timedelta(minutes=1)


def test_rules_are_read_again_when_a_file_changes_and_bad_ones_are_not(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    folder = house.idp.settings.policies_dir
    assert folder is not None
    policies, before = Policies(house.idp), house.idp.policies.version
    assert not policies.reload()
    rule = Path(folder) / "payroll.cedar"
    good = rule.read_text()
    rule.write_text(good + "\npermit (nonsense);\n")
    assert policies.reload()
    assert house.idp.policies.version == before
    assert "payroll.cedar" in caplog.text
    rule.write_text(good + "\n// a remark\n")
    assert policies.reload()
    assert house.idp.policies.version != before
    assert not policies.reload()


def test_it_starts_and_stops(house: House) -> None:
    background = Background(house.idp)
    background.start()
    background.stop()


def test_rules_that_would_shut_every_administrator_out_are_refused(house: House) -> None:
    idp = house.idp
    console_client.ensure(idp, departments.ensure_local(idp, OPERATOR).id)
    bootstrap(idp, {}, house.clock())
    folder = idp.settings.policies_dir
    assert folder is not None
    before, policies = idp.policies.version, Policies(idp)
    shut = '@id("nobody")\n@because("policy.console-administrators-only")\n@application("gerege-console")\n'
    (folder / "shut.cedar").write_text(shut + 'forbid (principal, action == Action::"signIn", resource);\n')
    assert policies.reload()
    assert idp.policies.version == before
    assert [one.kind for one in idp.ports.truth.desk.alerts()] == ["rules-refused"]
    (folder / "shut.cedar").unlink()
    assert policies.reload()
    assert idp.policies.version == before


def test_an_operator_s_own_words_come_with_their_rules(house: House) -> None:
    folder = house.idp.settings.policies_dir
    assert folder is not None
    (folder / "messages.toml").write_text('["policy.own-words"]\nen = "In our own words"\nzh = "我们自己的说法"\n')
    messages = messages_of(house.idp.settings)
    assert messages.text("zh-CN", "policy.own-words") == "我们自己的说法"
    (folder / "messages.toml").unlink()


def test_directories_are_read_whole_by_themselves_unless_that_is_off(house: House, tmp_path: Path) -> None:
    off = replace(house.idp, settings=settings_in(tmp_path, sync={"automatic": False}))
    assert "sync" in {job.name for job in jobs(house.idp)}
    assert "sync" not in {job.name for job in jobs(off)}
