"""The operator's language is the shell's, unless the verb is told another."""

import pytest

from idp.cli.terminal import Shared, Terminal, spoken


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-CN"),
        ({"LC_ALL": "", "LANG": "zh_CN"}, "zh-CN"),
        ({"LC_ALL": "en_GB.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh-CN"),
    ],
    ids=["none", "posix", "lang", "empty-is-unset", "all-first", "messages-before-lang"],
)
def test_the_shell_says_the_language(environ: dict[str, str], language: str) -> None:
    assert spoken(environ) == language


def test_the_option_says_it_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert Terminal(Shared(None, False, None)).language == "zh-CN"
    assert Terminal(Shared(None, False, "en")).language == "en"
