"""Pictures of every sample page, for eyes. Run: python -m tools.screenshots FOLDER [name …]

Writes FOLDER/<page>.<language>.<scheme>.<width>.png: phone and desk, light and dark, both languages; and for each
look one FOLDER/sheet.<language>.<scheme>.<width>.html that shows them all.
"""

import sys
from html import escape
from pathlib import Path

from idp.messages import LANGUAGES
from tests.browser import samples
from tests.browser.shelf import open_shelf
from tests.support.chromium import chromium

WIDTHS = (320, 1280)
SCHEMES = ("light", "dark")


def main(folder: Path, names: list[str]) -> None:
    """Takes the pictures; all pages when no name is given."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = names or list(samples.SAMPLES)
    with chromium() as browser, open_shelf() as (url, _):
        page = browser.new_page(reduced_motion="reduce")
        for name in wanted:
            for language in LANGUAGES:
                page.goto(f"{url}/{name}?lang={language}", wait_until="load")
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 800})
                    for scheme in SCHEMES:
                        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                        page.screenshot(path=folder / f"{name}.{language}.{scheme}.{width}.png", full_page=True)
    for language in LANGUAGES:
        for scheme in SCHEMES:
            for width in WIDTHS:
                sheet(folder, wanted, f"{language}.{scheme}.{width}")


def sheet(folder: Path, names: list[str], look: str) -> None:
    """All pages in one look, side by side."""
    figures = "".join(
        f'<figure><figcaption>{escape(name)}</figcaption><img src="{escape(name)}.{look}.png" alt=""></figure>'
        for name in names
    )
    (folder / f"sheet.{look}.html").write_text(
        f"<!doctype html><meta charset=utf-8><title>{look}</title><style>body{{display:flex;flex-wrap:wrap;gap:12px;"
        "align-items:start;font:12px system-ui;background:#888}figure{margin:0}img{inline-size:320px}</style>"
        + figures,
        "utf-8",
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
