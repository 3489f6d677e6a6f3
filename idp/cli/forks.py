"""Threads beside forks. A child has its parent's locks as they were at the fork, and not the threads that held them: a
worker forked while another thread imports a module would wait for that module for ever, with its first request.

So threads of the supervisor do whatever may take a lock inside `still`, which forks wait for. Spec: fork(2), POSIX.
"""

import os
import threading


class Forks:
    """The forks of this process from now on.

    Attributes:
        still: held by a thread at work; none of it is under way while this process forks.
        made: how many there were.
    """

    def __init__(self) -> None:
        self.still, self.made = threading.Lock(), 0
        os.register_at_fork(
            before=self.still.acquire, after_in_parent=self._one_more, after_in_child=self.still.release
        )

    def _one_more(self) -> None:
        self.made += 1
        self.still.release()
