"""Tests that need a real program say so once, and name the package that brings it."""

import os
import shutil

import pytest

_BEYOND_PATH = "/usr/sbin:/sbin:/usr/local/sbin:/usr/lib/postgresql/15/bin"


def needs(program: str, package: str) -> str:
    """The path of a program; without it the test is skipped, or fails where CI=true: there nothing may be missing."""
    found = shutil.which(program) or shutil.which(program, path=_BEYOND_PATH)
    if found:
        return found
    reason = f"needs {program} (package {package})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
