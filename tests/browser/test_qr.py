"""The picture of a new authenticator app, as a camera sees it, says what the typed key says; in light and in dark."""

import struct
import zlib
from collections.abc import Iterator
from typing import Literal

import pyotp
import pytest
import zxingcpp
from playwright.sync_api import Browser

from tests.browser.shelf import Shelf, open_shelf
from tests.support.chromium import chromium

pytestmark = pytest.mark.ci
CHANNELS = {2: 3, 6: 4}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def shelf() -> Iterator[tuple[str, Shelf]]:
    with open_shelf() as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_and_the_key_are_one(
    browser: Browser, shelf: tuple[str, Shelf], scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme, device_scale_factor=2)
    try:
        page = context.new_page()
        page.goto(f"{shelf[0]}/enrol-totp?lang=en")
        picture = page.locator(".qr")
        assert "same key" in (picture.get_attribute("aria-label") or "")
        width, height, grey = grey_of(picture.screenshot())
        page.locator("summary").first.click()
        key = page.locator(".key-text").inner_text()
        link = page.get_by_role("link", name="Open in an app on this device").get_attribute("href")
    finally:
        context.close()
    (found,) = zxingcpp.read_barcodes(zxingcpp.ImageView(grey, width, height, zxingcpp.ImageFormat.Lum))
    assert found.text == link
    parsed = pyotp.parse_uri(found.text)
    groups = key.split()
    assert parsed.secret == "".join(groups)
    assert {len(one) for one in groups[:-1]} == {4}


def grey_of(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and luminance of a PNG of eight-bit colours without interlacing. Spec: PNG 3 §9, §11."""
    at, packed, width, height, channels = 8, b"", 0, 0, 0
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert depth == 8
            channels = CHANNELS[colour]
        elif kind == b"IDAT":
            packed += body
        at += length + 12
    raw, stride = zlib.decompress(packed), width * channels
    grey, before = bytearray(), bytearray(stride)
    for row in range(height):
        start = row * (stride + 1)
        before = _unfiltered(raw[start], raw[start + 1 : start + 1 + stride], before, channels)
        grey += bytes(sum(before[x : x + 3]) // 3 for x in range(0, stride, channels))
    return width, height, bytes(grey)


def _unfiltered(kind: int, line: bytes, above: bytearray, step: int) -> bytearray:
    out = bytearray(line)
    for x in range(len(out)):
        left, up, corner = (out[x - step] if x >= step else 0), above[x], (above[x - step] if x >= step else 0)
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda one: abs(guess - one))
        out[x] = (out[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 0xFF
    return out
