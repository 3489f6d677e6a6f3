"""The embedded store under the supervisor's eye: what dies is started again, and all of it ends with the server.

Holds no connection between two looks, and whatever it does, it does between two forks (`idp.cli.forks`). A store that
hangs is left alone: whoever asks it is told so, and ending it would throw away what it still holds. Spec: none.
"""

import logging
import os
import threading
from pathlib import Path

from adapters.redis import embedded
from idp.cli.forks import Forks
from idp.errors import Unavailable

LOOK_SECONDS = 0.5
log = logging.getLogger("gerege.store")


class KeptStore:
    """Starts or adopts the store of a folder. Raises Unavailable: there is none to be had."""

    def __init__(self, state_dir: Path, forks: Forks) -> None:
        self._state_dir, self._forks, self._store = state_dir, forks, embedded.start(state_dir)
        self._ending = threading.Event()
        self._watch = threading.Thread(target=self._look_after, name="store", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """End the watch, then the store, in order."""
        self._ending.set()
        self._watch.join()
        self._store.stop()

    def _look_after(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            with self._forks.still:
                if not self._lives():
                    self._start_again()

    def _start_again(self) -> None:
        log.error("the embedded store has died; it is started again (see %s)", self._state_dir / "valkey" / "log")
        try:
            self._store = embedded.start(self._state_dir)
        except (Unavailable, OSError) as error:
            log.error("the embedded store cannot be started: %s", getattr(error, "detail", error))

    def _lives(self) -> bool:
        if self._store.process is not None:
            return self._store.process.poll() is None
        try:
            os.kill(self._store.pid, 0)
        except ProcessLookupError:
            return False
        return True
