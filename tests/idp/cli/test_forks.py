"""A fork waits for what other threads have under way, so that no child inherits a lock that nobody will give back."""

import os
import threading
import time

from idp.cli.forks import Forks


def test_a_fork_waits_for_threads_at_work() -> None:
    forks, inside, held = Forks(), threading.Event(), threading.Lock()

    def work() -> None:
        with forks.still, held:
            inside.set()
            time.sleep(0.2)

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait()
    child = os.fork()
    if child == 0:  # the lock that the thread had is free here, or this would end by the alarm
        os._exit(0 if held.acquire(timeout=1) and forks.still.acquire(timeout=1) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    thread.join()
    assert forks.made == 1
    assert forks.still.acquire(blocking=False)
    forks.still.release()
