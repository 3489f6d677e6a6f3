"""Closing connections that have fallen silent, when somebody else needs their place.

The server keeps no time for a body's arrival, but the kernel does: it knows for each connection when the last octet
came. A sender whose connection is closed sees what any idle client may see at any time, and tries again.
Linux only, and TCP only: on a unix socket there is nobody but our own proxy, which sends bodies whole.
Spec: RFC 9112 §9.5 (a server may close when it likes); tcp(7), TCP_INFO. Deliberately not here: whom it is fair to cut.
"""

import os
import socket
import struct
import sys
from contextlib import suppress

ESTABLISHED = 1
LAST_RECEIVED = 52
"""Where `tcpi_last_data_recv` stands in `struct tcp_info`: milliseconds, 32 bits."""
LENGTH = 56


def cut(port: int, seconds: float) -> int:
    """Close connections to our own port on which nothing came for so long. How many."""
    if sys.platform != "linux":
        return 0
    return sum(_cut(int(name), port, seconds) for name in os.listdir("/proc/self/fd"))


def _cut(descriptor: int, port: int, seconds: float) -> bool:
    """Whether it was such a connection. The copy holds it, so that its number cannot become another's meanwhile."""
    try:
        copy = os.dup(descriptor)
    except OSError:
        return False
    try:
        connection = socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        return False
    with connection, suppress(OSError):
        if connection.family in (socket.AF_INET, socket.AF_INET6) and connection.getsockname()[1] == port:
            told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LENGTH)
            (silent_ms,) = struct.unpack_from("=I", told, LAST_RECEIVED)
            if told[0] == ESTABLISHED and silent_ms >= seconds * 1000:
                connection.shutdown(socket.SHUT_RDWR)
                return True
    return False
