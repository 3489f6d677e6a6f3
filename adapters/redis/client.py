"""redis-py's client for the address in the settings: one server, Sentinel, or a cluster. Nothing is tried again behind
our back: a command that spends something and whose answer was lost must be told as an error, not repeated.
"""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode
from redis.retry import Retry
from redis.sentinel import Sentinel

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0

Client = redis.Redis | redis.RedisCluster


def _options() -> dict[str, Any]:
    return {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }


def connect_redis(url: str) -> Client:
    """A client for redis://, rediss://, unix://, sentinel://host:port,…/service, cluster://host:port,…

    Raises:
        ValueError: not an address of these forms.
    """
    parts = urlsplit(url)
    if parts.scheme == "sentinel":
        return _sentinel(parts)
    if parts.scheme == "cluster":
        return _cluster(parts)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError(f"stores.brief: no such kind of address: {parts.scheme or url}://")
    client: redis.Redis = redis.Redis.from_url(url, max_connections=256, **_options())
    return client


def socket_url(path: Path) -> str:
    """The address of a unix socket."""
    return f"unix://{path.absolute()}"


def _sentinel(parts: SplitResult) -> Client:
    service = parts.path.strip("/")
    if not service:
        raise ValueError("stores.brief: sentinel://host:port,host:port/SERVICE needs the service's name")
    secret = {"password": unquote(parts.password)} if parts.password else {}
    hosts = _hosts(parts, 26379)
    options = _options()
    watchers = Sentinel(hosts, sentinel_kwargs=dict(options), **secret, **options)  # type: ignore[no-untyped-call]
    client: redis.Redis = watchers.master_for(service)  # type: ignore[no-untyped-call]
    return client


def _cluster(parts: SplitResult) -> Client:
    nodes = [ClusterNode(host, port) for host, port in _hosts(parts, 6379)]  # type: ignore[no-untyped-call]
    secret = {"password": unquote(parts.password)} if parts.password else {}
    options = {**_options(), **secret}
    return redis.RedisCluster(startup_nodes=nodes, **options)


def _hosts(parts: SplitResult, default_port: int) -> list[tuple[str, int]]:
    """`host:port,host:port`, with the user's part before @ taken off."""
    found = []
    for one in parts.netloc.rpartition("@")[2].split(","):
        host, _, port = one.rpartition(":") if ":" in one else (one, "", str(default_port))
        if not host or not port.isdigit():
            raise ValueError(f"stores.brief: not host:port: {one!r}")
        found.append((host, int(port)))
    return found
