"""How numbers are printed: percents, ratios, p values, intervals and counts, the same in every sentence and table."""

import hashlib
import math

MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def signed(text: str) -> str:
    """Return `text` with a true minus sign, and none before a number that is printed as zero."""
    if text.startswith("-"):
        return MINUS + text[1:] if any(c in "123456789" for c in text) else text[1:]
    return text


def count(value: float) -> str:
    """Return a count, never rounded, with thousands separated.

    Examples
    --------
    >>> count(16281)
    '16,281'
    """
    return signed(f"{value:,.0f}") if float(value).is_integer() else signed(f"{value:,.1f}")


def percent(value: float) -> str:
    """Return a share as percent: one decimal, two below 10 %.

    Examples
    --------
    >>> percent(0.0965), percent(0.3564), percent(1)
    ('9.65%', '35.6%', '100%')
    """
    if value in (0, 1):
        return f"{value:.0%}"
    shown = value * 100
    return signed(f"{shown:.2f}" if abs(round(shown, 2)) < 10 else f"{shown:.1f}") + "%"


def points(value: float) -> str:
    """Return a difference of shares in percentage points, with its sign.

    Examples
    --------
    >>> points(-0.032)
    '−3.20'
    """
    shown = value * 100
    if shown == 0:
        return "0"
    text = f"{shown:+.2f}" if abs(shown) < 10 else f"{shown:+.1f}"
    return signed(text)


def ratio(value: float) -> str:
    """Return a ratio with three decimals, two from 10 on; more where rounding would move it across 0.8 or 1.

    Examples
    --------
    >>> ratio(0.668), ratio(12.3456), ratio(0.79996)
    ('0.668', '12.35', '0.79996')
    """
    if abs(value) >= 10:
        return signed(f"{value:,.2f}")
    text = f"{value:.3f}"
    moved = any((float(text) < mark) != (value < mark) for mark in (0.8, 1.0))
    return signed(f"{value:.5f}" if moved and abs(value) < 2 else text)


def index(value: float) -> str:
    """Return a measure that no rule of law bounds, such as an AUC, R² or bits: three decimals.

    Examples
    --------
    >>> index(0.75301), index(0.9999999)
    ('0.753', '1.000')
    """
    return signed(f"{value:.3f}")


def p_value(value: float) -> str:
    """Return a p value without its leading zero.

    Examples
    --------
    >>> p_value(0.00943), p_value(0.00002), p_value(1.0)
    ('.009', '< .001', '1')
    """
    if value < 0.001:
        return "< .001"
    text = f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
    return text.lstrip("0") if value < 0.995 else "1"


def score(value: float) -> str:
    """Return a score or attribution with three significant digits.

    Examples
    --------
    >>> score(0.01234), score(-5.0), score(1234.6), score(4.891e-7)
    ('0.0123', '−5.00', '1,235', '4.89 × 10⁻⁷')
    """
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    if digits <= 6:
        return signed(f"{value:,.{digits}f}")
    mantissa, power = f"{value:.2e}".split("e")
    return f"{signed(mantissa)} × 10{str(int(power)).translate(RAISED)}"


def amount(value: float) -> str:
    """Return an attribution with its sign.

    Examples
    --------
    >>> amount(0.25), amount(-0.25)
    ('+0.250', '−0.250')
    """
    return ("+" if value > 0 else "") + score(value)


def bound(value: float) -> str:
    """Return a threshold as it was declared.

    Examples
    --------
    >>> bound(0.8)
    '0.8'
    """
    return signed(f"{value:,.12g}")


def people(value: float) -> str:
    """Return an expected number of people: whole, for nobody is a fraction; one decimal below one.

    Examples
    --------
    >>> people(22.34), people(1516.8), people(0.4)
    ('22', '1,517', '0.4')
    """
    return signed(f"{value:,.0f}" if abs(value) >= 0.95 or value == 0 else f"{value:.1f}")


def seconds(value: float) -> str:
    """Return a duration in seconds.

    Examples
    --------
    >>> seconds(0.00001), seconds(12.345)
    ('0.00', '12.3')
    """
    return f"{value:.2f}" if value < 10 else f"{value:,.1f}"


FORMATS = {
    "seconds": seconds,
    "people": people,
    "bound": bound,
    "count": count,
    "percent": percent,
    "points": points,
    "ratio": ratio,
    "index": index,
    "p": p_value,
    "score": score,
    "amount": amount,
}


def formatted(value: float | None, kind: str) -> str:
    """Return `value` as numbers of its kind are printed; a dash where there is none."""
    if value is None or math.isnan(value):
        return NONE
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    return FORMATS[kind](value)


def interval(low: float | None, high: float | None, kind: str, to: str = "{low} to {high}") -> str:
    """Return an interval: 0.19–0.24, or as `to` says between numbers of which one has a sign.

    Examples
    --------
    >>> interval(0.19, 0.24, "ratio"), interval(0.085, 0.109, "percent")
    ('0.190–0.240', '8.50–10.9%')
    >>> interval(-0.1, 0.2, "amount")
    '−0.100 to +0.200'
    """
    if low is None or high is None:
        return NONE
    left, right = formatted(low, kind), formatted(high, kind)
    if kind == "percent" and right.endswith("%"):
        left = left.removesuffix("%")
    return to.format(low=left, high=right) if MINUS in left + right or "+" in left + right else f"{left}–{right}"


def short_digest(text: str) -> str:
    """Return eight letters and digits that follow from a text alone.

    Examples
    --------
    >>> short_digest("a")
    'yaov5jyv'
    """
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    letters = "0123456789abcdefghijklmnopqrstuvwxyz"
    return "".join(letters[number // 36**i % 36] for i in range(8))
