"""Run one application on loopback in one process with threads: its sessions live in that process's memory."""

import logging
import signal
from types import FrameType
from typing import NoReturn

from flask import Flask
from werkzeug.serving import make_server


def serve(app: Flask, port: int) -> None:
    """Serve until SIGINT or SIGTERM, then leave with 0."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # its access log would write codes down
    signal.signal(signal.SIGTERM, _leave)
    server = make_server("127.0.0.1", port, app, threaded=True)
    try:
        server.serve_forever()
    except (KeyboardInterrupt, SystemExit):
        server.server_close()


def _leave(signum: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
