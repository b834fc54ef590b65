"""How numbers are written for readers."""

from collections.abc import Callable, Sequence

from components.formats.statistics import Accuracy, Interval

NONE = "–"


def signed(value: float, decimals: int = 1) -> str:
    """A number with its sign; none where it rounds to 0."""
    text = minus(f"{value:+.{decimals}f}")
    return text if any(digit in text for digit in "123456789") else text[1:]


def percent(share: float) -> str:
    """A share as a percentage with one decimal."""
    return f"{100 * share:.1f}%"


def interval(bounds: Interval) -> str:
    """An interval of shares in per cent, without the sign."""
    return f"{100 * bounds[0]:.1f}–{100 * bounds[1]:.1f}"


def share(value: float, bounds: Interval | None) -> str:
    """A share as a percentage with its interval."""
    return f"{percent(value)} ({interval(bounds)})" if bounds else percent(value)


def accuracy(value: Accuracy) -> str:
    """A share of right choices with its interval."""
    return share(value.value, value.interval)


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign."""
    return signed(100 * difference)


def difference(value: float, bounds: Interval | None) -> str:
    """A difference of shares in percentage points, with its interval where there is one."""
    if bounds is None:
        return points(value)
    return f"{points(value)} ({points(bounds[0])} to {points(bounds[1])})"


def size(effect: float) -> str:
    """A difference of shares in percentage points, without a sign."""
    return f"{100 * effect:.1f}"


def margin(share: float) -> str:
    """A margin of shares in percentage points, as it was chosen."""
    return f"{100 * share:.3g}"


def number(value: float, bounds: Interval | None = None) -> str:
    """A number with two decimals, with its interval where there is one."""
    if bounds is None:
        return _decimals(value)
    low, high = bounds
    dash = "–" if low >= 0 else " to "
    return f"{_decimals(value)} ({_decimals(low)}{dash}{_decimals(high)})"


def p_value(value: float) -> str:
    """A p value with its sign of relation: two decimals, or three where it is small."""
    if value < 0.001:
        return "p < 0.001"
    return f"p = {value:.3f}" if value < 0.1 else f"p = {value:.2f}"


def perplexity(value: float) -> str:
    """A perplexity with three digits, or as a whole number."""
    return f"{value:,.0f}" if value >= 99.95 else f"{value:#.3g}"


def duration(seconds: float) -> str:
    """A time in the unit that reads best; a dash for none."""
    if not seconds:
        return NONE
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


def count(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it takes one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listing(names: Sequence[object]) -> str:
    """Names as a sentence lists them."""
    *others, last = map(str, names) if names else [""]
    return f"{', '.join(others)} and {last}" if others else last


def file_size(num_bytes: int) -> str:
    """A size in the decimal unit that reads best."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if num_bytes >= size:
            return f"{num_bytes / size:.1f}\u00a0{unit}"
    return f"{num_bytes} bytes"


def minus(text: str) -> str:
    """A number with a minus rather than a hyphen."""
    return text.replace("-", "−")


def _decimals(value: float) -> str:
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else minus(text)


def tick(value: float, *, unit: str) -> str:
    """A tick's label: a share in percent, a difference in points, or a number."""
    rounded = 0.0 if abs(value) < 1e-9 else value
    if unit == "share":
        return f"{100 * rounded:g}%"
    if unit == "points":
        return minus(f"{100 * rounded:+g}" if rounded else "0")
    return minus(f"{rounded:g}")


# How an estimate is written, by its unit, with its interval where there is one.
WRITERS: dict[str, Callable[[float, Interval | None], str]] = {
    "share": share,
    "points": difference,
    "number": number,
    "ratio": lambda value, _: number(value),  # its interval is one of texts, not of confidence
}
