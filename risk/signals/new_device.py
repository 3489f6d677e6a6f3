"""A device that did not prove to be one of this person's. Alone it asks for a step-up, never more."""

from risk.attempt import Attempt
from risk.evidence import Evidence

WEIGHT = 1.0


def measure(attempt: Attempt) -> Evidence | None:
    """Evidence unless the device binding was proved; names the families only when both are known."""
    if attempt.device_known:
        return None
    if attempt.browser is None or attempt.system is None:
        return Evidence("new_device", WEIGHT, "risk.new_device")
    params = {"browser": attempt.browser, "system": attempt.system}
    return Evidence("new_device", WEIGHT, "risk.new_device_named", params)
