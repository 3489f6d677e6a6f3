"""Tie a child to its parent, then become the program: `python -S -E tether.py PARENT PROGRAM …`.

On Linux the kernel sends SIGTERM to the program when its parent dies in whatever way (prctl(2), PR_SET_PDEATHSIG; kept
over execve), so that even `kill -9` of the parent lets every child stop in order. Elsewhere this does nothing, and the
next start ends what was left (`demo/strays.py`).
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def tie(parent: int) -> None:
    """Ask for SIGTERM at the parent's death; leave at once if it is dead already."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died between fork and prctl: nobody would tell us
        sys.exit(1)


if __name__ == "__main__":
    tie(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
