"""Axes: round ticks, and the way from a value to a place."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

LARGEST = 1e100
"""Beyond this, an axis ends: the value stands in the table, and its mark at the end."""


def ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Return round values between `low` and `high`, about `wanted` of them.

    Examples
    --------
    >>> ticks(0, 1)
    (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    """
    if not high > low or not math.isfinite(high - low):
        return (low,)
    rough = (high - low) / wanted
    power = 10 ** math.floor(math.log10(rough))
    step = min((s * power for s in (1, 2, 2.5, 5, 10) if s * power >= rough * 0.999), default=10 * power)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(i * step, 12) for i in range(first, last + 1))


def padded(values: Iterable[float], *, zero: bool = True, room: float = 0.04) -> tuple[float, float]:
    """Return the range of an axis: from zero where `zero` is asked for, with a little room at the ends."""
    finite = [min(max(v, -LARGEST), LARGEST) for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = low + max(1.0, abs(low) * 1e-3)
    span = high - low
    return low - (room * span if low < 0 or not zero else 0), high + room * span


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear axis from `low`–`high` to places `start`–`stop`; what lies outside is moved to the end."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        if not math.isfinite(self.high - self.low) or self.high <= self.low:
            return self.start
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.stop - self.start)
