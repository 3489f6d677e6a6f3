"""The demonstration's mailbox: a page that shows the letters in `var/mail`, as people would get them. Read only.

Listens on loopback alone, answers GET for its own host names, and shows a letter's plain text with the links to the
provider made links. Its policy lets nothing load or run. Deliberately no part of the product: whoever sees it reads
everybody's letters. Spec: RFC 5322, CSP Level 3.
"""

import argparse
import re
from base64 import b64encode
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

SHOWN = 100
STYLE = """
:root{color-scheme:light dark;font:1rem/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif}
body{max-inline-size:44rem;margin-inline:auto;padding:1.5rem 1rem;overflow-wrap:anywhere}
article{border:1px solid #8886;border-radius:.75rem;padding:1rem 1.25rem;margin-block:1rem}
h2{font-size:1.1rem;margin-block:0 .25rem}p.small{margin:0;opacity:.75;font-size:.9rem}
div{white-space:pre-wrap;margin-block-start:.75rem}
"""
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
CSP = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
NAMES = frozenset({"mail.localhost", "localhost", "127.0.0.1"})


def letters(folder: Path) -> list[EmailMessage]:
    """The latest, newest first; one that cannot be read is left out."""
    found: list[EmailMessage] = []
    for file in sorted(folder.glob("*.eml"), reverse=True)[:SHOWN]:
        try:
            letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        except OSError:
            continue
        if isinstance(letter, EmailMessage) and letter["Date"]:
            found.append(letter)
    return found


def page(folder: Path, issuer: str) -> str:
    """All of them on one page."""
    shown = "".join(_letter(one, issuer) for one in letters(folder))
    empty = "<p>No letter has been sent yet. 还没有邮件。</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Mail 邮件</title>'
        f"<style>{STYLE}</style></head><body><main><h1>Mail 邮件</h1>"
        "<p>Every letter of this demonstration, newest first. Load the page again for new ones.</p>"
        f"{shown or empty}</main></body></html>"
    )


def _letter(letter: EmailMessage, issuer: str) -> str:
    body = letter.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    language = "zh-CN" if re.search(r"[\u4e00-\u9fff]", str(letter["Subject"])) else "en"
    at = parsedate_to_datetime(str(letter["Date"]))
    return (
        f'<article lang="{language}"><h2>{escape(str(letter["Subject"]))}</h2>'
        f'<p class="small">{escape(str(letter["To"]))} · <time datetime="{at.isoformat()}">{at:%Y-%m-%d %H:%M:%S}'
        f"</time></p><div>{linked(text, issuer)}</div></article>"
    )


def linked(text: str, issuer: str) -> str:
    """Escaped text in which addresses of the provider, and no others, are links."""
    address = re.compile(re.escape(escape(issuer)) + r"/[\w/?=&;%-]*")
    return address.sub(lambda found: f'<a href="{found[0]}" rel="noreferrer">{found[0]}</a>', escape(text.strip()))


class Mailbox(ThreadingHTTPServer):
    """One folder of letters on one port of loopback."""

    daemon_threads = True

    def __init__(self, port: int, folder: Path, issuer: str) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.folder, self.issuer = folder, issuer


class _Conversation(BaseHTTPRequestHandler):
    server: Mailbox

    def do_GET(self) -> None:
        """The page; nothing else is here, and nobody else's host name leads here (DNS rebinding)."""
        own = (urlsplit(f"//{self.headers.get('Host', '')}").hostname or "") in NAMES
        status = 421 if not own else 200 if self.path == "/" else 404
        body = page(self.server.folder, self.server.issuer).encode() if status == 200 else b""
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: addresses here are of no interest."""


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--issuer", required=True)
    asked = parser.parse_args()
    with Mailbox(asked.port, asked.folder, asked.issuer) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
