"""Pictures of every sample page, for eyes. Run: python -m tools.screenshots FOLDER [name …]

Writes FOLDER/<page>.<language>.<scheme>.<width>.png.
"""

import sys
from pathlib import Path

from idp.messages import LANGUAGES
from tests.browser import samples
from tests.browser.shelf import open_shelf
from tests.support.chromium import chromium

WIDTHS = (320, 1280)


def main(folder: Path, names: list[str]) -> None:
    """Takes the pictures; all pages when no name is given."""
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser, open_shelf() as (url, _):
        page = browser.new_page(reduced_motion="reduce")
        for name in names or samples.SAMPLES:
            for language in LANGUAGES:
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 800})
                    page.goto(f"{url}/{name}?lang={language}", wait_until="networkidle")
                    for scheme in ("light", "dark"):
                        page.emulate_media(color_scheme=scheme)
                        page.screenshot(path=folder / f"{name}.{language}.{scheme}.{width}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
