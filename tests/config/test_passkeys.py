"""Settings of passkeys that a browser would refuse are refused at load, with the key and the fix."""

from pathlib import Path

import pytest

from config.load import SettingsError, load

HEAD = '[server]\nissuer = "https://id.mof.gov.cn"\n[passkeys]\n'


def loaded(folder: Path, lines: str) -> object:
    file = folder / "gerege.toml"
    file.write_text(HEAD + lines)
    return load(file, {}).passkeys


@pytest.mark.parametrize(
    "lines",
    [
        "",
        'rp_id = "id.mof.gov.cn"',
        'rp_id = "mof.gov.cn"',
        'related_origins = ["https://id.moe.gov.cn", "https://id.example:8443"]',
    ],
)
def test_good_ones_are_taken(tmp_path: Path, lines: str) -> None:
    assert loaded(tmp_path, lines)


@pytest.mark.parametrize(
    ("lines", "key", "fix"),
    [
        ('rp_id = "gov.cn"', "passkeys.rp_id", "take one of yours"),
        ('rp_id = "cn"', "passkeys.rp_id", "take one of yours"),
        ('rp_id = "evil.example"', "passkeys.rp_id", "remove it"),
        ('rp_id = "of.gov.cn"', "passkeys.rp_id", "remove it"),
        ('rp_id = "x.id.mof.gov.cn"', "passkeys.rp_id", "remove it"),
        ('rp_id = "https://id.mof.gov.cn"', "passkeys.rp_id", "remove it"),
        ('related_origins = ["http://id.example"]', "passkeys.related_origins", "write it as https"),
        ('related_origins = ["http://localhost:80"]', "passkeys.related_origins", "write it as https"),
        ('related_origins = ["https://id.example/"]', "passkeys.related_origins", "write it as https://id.example"),
        ('related_origins = ["https://ID.example"]', "passkeys.related_origins", "write it as https://id.example"),
        ('related_origins = ["https://id.example:443"]', "passkeys.related_origins", "write it as"),
        ('related_origins = ["https://a@id.example"]', "passkeys.related_origins", "write it as"),
        ('related_origins = ["https://id.example:port"]', "passkeys.related_origins", "write it as"),
        ('related_origins = ["https://"]', "passkeys.related_origins", "write it as"),
        ('related_origins = ["*"]', "passkeys.related_origins", "write it as"),
        (f"related_origins = {[f'https://{one}.example' for one in 'abcdef']}", "passkeys.related_origins", "shorten"),
    ],
)
def test_bad_ones_are_refused_with_the_key_the_line_and_the_fix(tmp_path: Path, lines: str, key: str, fix: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, lines.replace("'", '"'))
    (problem,) = refused.value.problems
    assert f"gerege.toml:4: {key}: " in problem
    assert fix in problem
