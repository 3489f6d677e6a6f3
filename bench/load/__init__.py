"""A closed loop of clients against any OpenID Connect provider on this machine, and what each operation cost it.

    python -m bench.load --target ours.json --target theirs.json --rounds 3

The figure to trust is operations per server core-second: the CPU time that the provider's whole process tree really
used. It moves little when something else takes a core for a while, as requests per second do. Targets are measured in
turn within one run, and ratios are of same-round pairs. Traffic goes to loopback only; anything else is refused.
What a target file may say stands in `target.py`, what is measured in `operations.py`.
"""
