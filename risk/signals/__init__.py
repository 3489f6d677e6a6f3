"""The signals, in the order in which they are read. Each is one file with one function, (Attempt) -> Evidence | None.

None: nothing unusual. A weight of 0: it could not be measured. Weights are chosen so that
  - taking something familiar away never lowers the sum: what `usual` adds for a network, country or device is at
    most what its own signal adds;
  - one bit is enough for `elevated`, and it takes a new place, a new device and more for `high`.
A signal does not import another.
"""

from collections.abc import Callable

from risk.attempt import Attempt
from risk.evidence import Evidence
from risk.signals import (
    country,
    failures_account,
    failures_network,
    network_zone,
    new_device,
    new_network,
    unusual_hour,
    usual,
)

Signal = Callable[[Attempt], Evidence | None]

SIGNALS: tuple[Signal, ...] = (
    network_zone.measure,
    country.measure,
    new_device.measure,
    new_network.measure,
    unusual_hour.measure,
    failures_account.measure,
    failures_network.measure,
    usual.measure,
)
