"""Figures as Markdown that can be pasted: medians of the rounds, and ratios of same-round pairs with their spread."""

from collections.abc import Sequence
from statistics import median

from bench.load.measure import Measured
from bench.load.target import Target

HEAD = "| operation | target | ops per core-s | CPU ms | ops/s | p50 ms | p99 ms | errors |"


def per_core(rows: Sequence[Measured], operation: str, target: str) -> list[float]:
    """One figure for each round in which it went."""
    found = [row for row in rows if row.operation == operation and row.target == target and row.per_core]
    return [row.per_core for row in sorted(found, key=lambda row: row.round)]


def ratio(rows: Sequence[Measured], one: tuple[str, str], other: tuple[str, str]) -> list[float]:
    """How often `one` (operation, target) goes for each time of `other`, round by round."""
    pairs = zip(per_core(rows, *one), per_core(rows, *other), strict=False)
    return [mine / theirs for mine, theirs in pairs if theirs]


def spread(values: Sequence[float]) -> str:
    """Median [least..most]."""
    if not values:
        return "–"
    return f"{median(values):.2f} [{min(values):.2f}..{max(values):.2f}]"


def operations(rows: Sequence[Measured], targets: Sequence[str]) -> str:
    """Every operation on every target."""
    lines = [HEAD, "|---|---|" + "--:|" * 6]
    for operation in dict.fromkeys(row.operation for row in rows):
        for target in targets:
            mine = [row for row in rows if row.operation == operation and row.target == target]
            went = [row for row in mine if row.count]
            errors = sum(row.errors for row in mine)
            if went:
                shown = (
                    f"{median(row.per_core for row in went):,.0f}",
                    f"{median(row.cpu_ms for row in went):.3f}",
                    f"{median(row.per_second for row in went):,.0f}",
                    f"{median(row.p50_ms for row in went):.1f}",
                    f"{median(row.p99_ms for row in went):.1f}",
                )
                lines.append(f"| {operation} | {target} | {' | '.join(shown)} | {errors or ''} |")
    return "\n".join(lines)


def problems(rows: Sequence[Measured]) -> str:
    """What went wrong, once each."""
    told = dict.fromkeys(f"{row.operation} on {row.target}: {row.problem}" for row in rows if row.problem)
    return "\n".join(told)


def notes(targets: Sequence[Target]) -> str:
    """What was seen beside the figures."""
    return "\n".join(
        f"- {target.name}: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in target.notes.items())
        for target in targets
    )
