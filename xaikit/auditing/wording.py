"""Numbers and places in the plain English of a finding."""

from collections.abc import Mapping

from xaikit.core.evidence import JOIN


def percent(value: float) -> str:
    """Return a rate with one decimal.

    Examples
    --------
    >>> percent(0.0766)
    '7.7 %'
    """
    return f"{100 * value:.1f} %"


def number(value: float | None) -> str:
    """Return a number with three significant digits.

    Examples
    --------
    >>> number(0.21484), number(12.0), number(0.0000123)
    ('0.215', '12', '1.23e-05')
    """
    return "no value" if value is None else f"{value:.3g}"


def ratio(value: float) -> str:
    """Return a ratio with three decimals; one that rounding would move across a bound is given in full.

    Examples
    --------
    >>> ratio(0.2148), ratio(0.79996)
    ('0.215', '0.79996')
    """
    text = f"{value:.3f}"
    return text if (float(text) < 0.8) == (value < 0.8) else f"{value:.5f}"


def p_value(p: float) -> str:
    """Return "p = .023", or "p < .001".

    Examples
    --------
    >>> p_value(0.0227), p_value(0.0002), p_value(0.996), p_value(1.0)
    ('p = .023', 'p < .001', 'p > .99', 'p = 1')
    """
    if p < 0.001:
        return "p < .001"
    if p > 0.999:
        return "p = 1"
    digits = 3 if p < 0.1 else 2
    text = f"{p:.{digits}f}".replace("0.", ".", 1)
    return f"p = {text}" if text != "1.00" else "p > .99"


def group_name(group: str) -> str:
    """Return a group as it is printed: the values of an intersection with spaces around the cross."""
    return group.replace(JOIN, f" {JOIN} ")


def where(about: Mapping[str, str]) -> str:
    """Return what a quantity is about, as the end of a phrase.

    Examples
    --------
    >>> where({"explanation": "shapley"})
    ' (explanation: shapley)'
    """
    parts = [f"{k}: {group_name(v)}" for k, v in sorted(about.items())]
    return f" ({', '.join(parts)})" if parts else ""
