"""Debian's Apache as a private instance: its own folder, a free port of loopback, no system service."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from demo.doors import listens
from tests.support.needs import needs

MODULES = Path("/usr/lib/apache2/modules")
PATIENCE_SECONDS = 20
_ALWAYS = ("mpm_event", "authn_core", "authz_core", "authz_user", "mime", "dir", "headers", "env")
_CONFIG = """
ServerRoot "{folder}"
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile "{folder}/apache.pid"
DefaultRuntimeDir "{folder}"
Mutex file:{folder} default
ErrorLog "{folder}/error.log"
LogLevel warn auth_openidc:info
User www-data
Group www-data
DocumentRoot "{folder}/htdocs"
TypesConfig /etc/mime.types
<Directory "/">
    Require all denied
</Directory>
<Directory "{folder}/htdocs">
    Require all granted
</Directory>
"""


@contextmanager
def apache(port: int, modules: Sequence[str], config: str, pages: dict[str, str]) -> Iterator[Path]:
    """Serve these pages (file name → text) with these modules and lines of configuration. Yields its error log."""
    program = needs("apache2", "apache2")
    for name in modules:
        if not (MODULES / f"mod_{name}.so").exists():
            reason = f"needs mod_{name} (package libapache2-mod-{name.replace('_', '-')})"
            pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="apache-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # its workers are another account
        (folder / "htdocs").mkdir()
        (folder / "htdocs").chmod(0o755)  # whatever the umask
        for file, text in pages.items():
            (folder / "htdocs" / file).write_text(text, encoding="utf-8")
            (folder / "htdocs" / file).chmod(0o644)
        loads = "".join(f"LoadModule {one}_module {MODULES}/mod_{one}.so\n" for one in (*_ALWAYS, *modules))
        (folder / "apache.conf").write_text(loads + _CONFIG.format(folder=folder, port=port) + config, encoding="utf-8")
        command = (program, "-f", str(folder / "apache.conf"), "-DFOREGROUND")
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            _await(process, port)
            yield folder / "error.log"
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def _await(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not listens(port):
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            said = process.stderr.read() if process.stderr else b""
            raise AssertionError(f"Apache did not start: {said.decode()[-3000:]}")
        time.sleep(0.05)
