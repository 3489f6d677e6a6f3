"""The temporary access pass that a help desk gives who lost everything. Spec: NIST SP 800-63B-4 §4.2 (issued codes).

It opens enrolment, once and for minutes, and is worth nothing to an application. Does not make or spend them.
"""

import unicodedata


def clean(typed: str) -> str:
    """Letters and digits, upper case; what people type around them is dropped."""
    kept = unicodedata.normalize("NFKC", typed[:200]).upper()
    return "".join(char for char in kept if char.isascii() and char.isalnum())
