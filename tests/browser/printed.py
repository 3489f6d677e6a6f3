"""The text of a page as Chromium prints it: read from the PDF itself, by each font's own map to Unicode.

For sheets that Chromium's own writer made and nothing else: no encryption, no object streams, hexadecimal and literal
strings. Spec: ISO 32000-1 §7.3.4, §9.4.3 (showing text), §9.10.3 (ToUnicode).
"""

import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)\sendobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]*)>|(\bET\b)")


def text_of(pdf: bytes) -> str:
    """All that is drawn, in its order; a line for each piece of text."""
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    maps = {
        name: _map(_stream(objects[int(found[1])]))
        for body in objects.values()
        for name, font in re.findall(rb"/(F\d+) (\d+) 0 R", body)
        if (found := re.search(rb"/ToUnicode (\d+) 0 R", objects[int(font)]))
    }
    drawn = [_stream(body) for body in objects.values() if b"stream" in body and b"/FontFile" not in body]
    return "\n".join(_drawn(content, maps) for content in drawn if b" Tf" in content)


def _stream(body: bytes) -> bytes:
    found = STREAM.search(body)
    raw = found[1] if found else b""
    return zlib.decompress(raw) if b"/FlateDecode" in body[: found.start() if found else 0] else raw


def _drawn(content: bytes, maps: dict[bytes, dict[int, str]]) -> str:
    font, said = dict[int, str](), list[str]()
    for name, codes, end in SHOWN.findall(content):
        if name:
            font = maps.get(name, {})
        elif end:
            said.append("\n")
        else:
            glyphs = bytes.fromhex(codes.decode())
            pairs = (int.from_bytes(glyphs[at : at + 2], "big") for at in range(0, len(glyphs), 2))
            said.append("".join(font.get(code, "") for code in pairs))
    return "".join(said)


def _map(cmap: bytes) -> dict[int, str]:
    known: dict[int, str] = {}
    for part in re.findall(rb"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
        for code, to in re.findall(rb"<(\w+)>\s*<(\w+)>", part):
            known[int(code, 16)] = bytes.fromhex(to.decode()).decode("utf-16-be")
    for part in re.findall(rb"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
        for low, high, to in re.findall(rb"<(\w+)>\s*<(\w+)>\s*<(\w+)>", part):
            for code in range(int(low, 16), int(high, 16) + 1):
                known[code] = chr(int(to, 16) + code - int(low, 16))
    return known
