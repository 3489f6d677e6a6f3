"""Files that only their owner may read: written whole or not at all, and never open to others for a moment."""

import os
import secrets
from pathlib import Path


def write_private(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Write a file in place of what was there."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
    draft.replace(path)


def secret_in(path: Path) -> Path:
    """The file with a random secret in it, drawn when it is missing."""
    if not path.is_file():
        write_private(path, secrets.token_urlsafe(24))
    return path
