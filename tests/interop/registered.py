"""A how-to's application, registered at the running demonstration by the how-to's own command."""

import time
from typing import Any

from adapters.sql.truth import STALE_SECONDS
from tests.support.demonstration import Demonstration
from tests.support.howto import HowTo


def register(there: Demonstration, howto: HowTo) -> list[Any]:
    """Type the how-to's lines of `bin/gerege`. Returns what each answers, when every worker has seen it."""
    answers = [there.ask(*words) for words in howto.gerege()]
    time.sleep(STALE_SECONDS + 0.1)
    return answers
