"""How numbers are written for readers."""

from components.figures.accuracy import Accuracy, Interval


def percent(share: float) -> str:
    """A share as a percentage with one decimal."""
    return f"{100 * share:.1f}%"


def interval(bounds: Interval) -> str:
    """An interval of shares in per cent, without the sign."""
    return f"{100 * bounds.low:.1f}–{100 * bounds.high:.1f}"


def accuracy(value: Accuracy | None) -> str:
    """An accuracy with its interval; a dash where there is none."""
    return f"{percent(value.share)} ({interval(value.interval)})" if value else "–"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return f"{100 * difference:+.1f}".replace("-", "−")


def perplexity(value: float) -> str:
    """A perplexity with three digits, or as a whole number."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}"


def duration(seconds: float) -> str:
    """A time in the unit that reads best; a dash for none."""
    if not seconds:
        return "–"
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def count(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it takes one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listing(names: list[str]) -> str:
    """Names as a sentence lists them."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def file_size(num_bytes: int) -> str:
    """A size in the decimal unit that reads best."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if num_bytes >= size:
            return f"{num_bytes / size:.1f}\u00a0{unit}"
    return f"{num_bytes} bytes"
