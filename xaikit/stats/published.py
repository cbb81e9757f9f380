"""Whether a published table of rates and impact ratios can be true, and what is missing from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

TOTAL = ""  # the value of a dimension over which a row sums


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number as it was printed.

    Parameters
    ----------
    value : Fraction
        What was printed, percent as a share.
    half : Fraction
        Half of its last digit: the truth lies within this of it, if it was rounded.
    """

    value: Fraction
    half: Fraction

    @property
    def low(self) -> Fraction:
        """The least that rounds to it."""
        return self.value - self.half

    @property
    def high(self) -> Fraction:
        """The most that rounds to it."""
        return self.value + self.half

    @classmethod
    def of(cls, text: str) -> "Rounded":
        """Return the number in a text such as "47.0 %", ".979" or "0,48".

        Raises
        ------
        ValueError
            When there is no number in it.

        Examples
        --------
        >>> float(Rounded.of("47.0 %").value), float(Rounded.of("47.0 %").half)
        (0.47, 0.0005)
        """
        plain = text.strip().replace(",", ".")
        share = plain.endswith("%")
        plain = plain.rstrip("% \u00a0\u202f")
        unit = Fraction(1, 100) if share else Fraction(1)
        digits = len(plain.partition(".")[2])
        return cls(Fraction(plain) * unit, Fraction(1, 2 * 10**digits) * unit)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a published table.

    Parameters
    ----------
    place : int
        Its line in the file.
    group : mapping of str to str
        Dimension to value; empty where the row sums over the dimension.
    n, selected : int or None
        People, and those selected, where they were published.
    rate, ratio : Rounded or None
        As published.
    """

    place: int
    group: Mapping[str, str]
    n: int | None
    selected: int | None
    rate: Rounded | None
    ratio: Rounded | None

    @property
    def table(self) -> tuple[str, ...]:
        """The dimensions that the row does not sum over: the table it belongs to."""
        return tuple(k for k, v in self.group.items() if v != TOTAL)

    @property
    def unknown(self) -> bool:
        """Whether it counts people of unknown category, who are in no ratio."""
        return any("unknown" in v.casefold() for v in self.group.values())

    @property
    def name(self) -> str:
        """Its group in words."""
        return " × ".join(v for v in self.group.values() if v != TOTAL) or "everybody"


@dataclass(frozen=True, slots=True)
class Issue:
    """What does not fit, or is not there.

    Parameters
    ----------
    kind : str
        "contradiction" or "missing".
    where : str
        Line and group.
    because : str
        In words, with the numbers.
    """

    kind: str
    where: str
    because: str


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A row with what follows from it.

    Parameters
    ----------
    row : Row
        As published.
    selected : tuple of int, or None
        The least and most people selected that fit all that was published of the row; empty of sense when least
        exceeds most.
    rate, ratio : tuple of Fraction, or None
        The least and largest that fit.
    """

    row: Row
    selected: tuple[int, int] | None
    rate: tuple[Fraction, Fraction] | None
    ratio: tuple[Fraction, Fraction] | None = None


def feasible_selected(row: Row) -> tuple[int, int] | None:
    """Return the least and most people selected that round to the published rate; None where that is not published.

    Examples
    --------
    >>> feasible_selected(Row(1, {}, 1390, None, Rounded.of("48%"), None))
    (661, 674)
    """
    if row.n is None or (row.selected is None and row.rate is None):
        return None
    low, high = (row.selected, row.selected) if row.selected is not None else (0, row.n)
    if row.selected is None and row.rate is not None:
        low = max(low, ceil(row.rate.low * row.n))
        high = min(high, floor(row.rate.high * row.n))
    return low, high


def verify(rows: Sequence[Row]) -> tuple[list[Recomputed], list[Issue]]:
    """Return every row recomputed, and what contradicts itself or is missing.

    References
    ----------
    6 RCNY § 5-300, § 5-301(b), (d), § 5-303(a)(1); Brown & Heathers (2017), Social Psychological and Personality
    Science 8, 363–369 (granularity of published numbers).
    """
    issues: list[Issue] = []
    out: list[Recomputed] = []
    known = [r for r in rows if not r.unknown]
    tables = {t: [r for r in known if r.table == t] for t in dict.fromkeys(r.table for r in known)}
    for table, members in tables.items():
        done = [_rate(r, issues) for r in members]
        out += done if table == () else _ratios(done, issues)
    _margins(tables, issues)
    _missing(tables, issues)
    if len(known) == len(rows):
        issues.append(Issue("missing", "unknown", "the number of people of unknown category is not stated"))
    return out, issues


def _where(row: Row) -> str:
    return f"line {row.place}, {row.name}"


def _rate(row: Row, issues: list[Issue]) -> Recomputed:
    selected = feasible_selected(row)
    if row.n is not None and row.selected is not None and not 0 <= row.selected <= row.n:
        issues.append(Issue("contradiction", _where(row), f"{row.selected} selected of {row.n} people"))
        return Recomputed(row, None, None)
    if selected is None or not row.n:
        return Recomputed(row, None, None if row.rate is None else (row.rate.low, row.rate.high))
    low, high = selected
    if low > high and row.rate is not None:
        text = f"no whole number of {row.n} people is {_percent(row.rate.value)} at the digits printed"
        issues.append(Issue("contradiction", _where(row), text))
        return Recomputed(row, None, None)
    rate = Fraction(low, row.n), Fraction(high, row.n)
    if row.selected is not None and row.rate is not None and not row.rate.low <= rate[0] <= row.rate.high:
        text = f"{row.selected} of {row.n} is {_percent(rate[0])}, not {_percent(row.rate.value)}"
        issues.append(Issue("contradiction", _where(row), text))
    return Recomputed(row, selected, rate)


def _ratios(done: list[Recomputed], issues: list[Issue]) -> list[Recomputed]:
    rates = [d.rate for d in done if d.rate is not None]
    if not rates:
        return done
    best = max(r[0] for r in rates), max(r[1] for r in rates)
    printed = [d.row.rate for d in done if d.row.rate is not None]
    out = []
    for d in done:
        if d.rate is None or best[0] <= 0:
            out.append(d)
            continue
        low, high = d.rate[0] / best[1], min(Fraction(1), d.rate[1] / best[0])
        published = d.row.ratio
        if published is not None and (published.high < low or published.low > high):
            _judge_ratio(d, (low, high), printed, issues)
        out.append(Recomputed(d.row, d.selected, d.rate, (low, high)))
    return out


def _judge_ratio(
    d: Recomputed, truth: tuple[Fraction, Fraction], printed: list[Rounded], issues: list[Issue]
) -> None:
    published, own = d.row.ratio, d.row.rate
    assert published is not None
    top = max((p.value for p in printed), default=Fraction(0))
    from_printed = own.value / top if own is not None and top > 0 else None
    text = f"the impact ratio is {_between(truth)}, not {float(published.value):g}"
    if from_printed is not None and published.low <= from_printed <= published.high:
        text += "; it was taken from rates that were rounded before"
    issues.append(Issue("contradiction", _where(d.row), text))


def _margins(tables: Mapping[tuple[str, ...], list[Row]], issues: list[Issue]) -> None:
    """Compare every table with the sums of each finer one, group by group and in all."""
    for coarse, rows in tables.items():
        for fine, parts in tables.items():
            if not set(coarse) < set(fine):
                continue
            for row in rows:
                inside = [p for p in parts if all(p.group[k] == row.group[k] for k in coarse)]
                _sum(row, inside, " × ".join(fine), issues)
    totals = {
        t: sum(r.n for r in rows if r.n is not None) for t, rows in tables.items() if t and all(r.n for r in rows)
    }
    if len(set(totals.values())) > 1:
        text = ", ".join(f"{n} by {' × '.join(t)}" for t, n in totals.items())
        issues.append(Issue("contradiction", "all tables", f"the tables count different numbers of people: {text}"))


def _sum(row: Row, inside: list[Row], fine: str, issues: list[Issue]) -> None:
    if not inside:
        issues.append(Issue("missing", _where(row), f"no row of the table {fine} for it"))
        return
    if row.n is not None and all(p.n is not None for p in inside):
        total = sum(p.n for p in inside if p.n is not None)
        if total != row.n:
            text = f"{row.n} people, but {total} in the table {fine}"
            issues.append(Issue("contradiction", _where(row), text))
    own, parts = feasible_selected(row), [feasible_selected(p) for p in inside]
    known = [p for p in parts if p is not None]
    if own is None or len(known) < len(parts) or own[0] > own[1] or any(a > b for a, b in known):
        return
    low, high = sum(a for a, _ in known), sum(b for _, b in known)
    if high < own[0] or low > own[1]:
        text = f"{_people(own)} selected, but {_people((low, high))} in the table {fine}"
        issues.append(Issue("contradiction", _where(row), text))


def _missing(tables: Mapping[tuple[str, ...], list[Row]], issues: list[Issue]) -> None:
    dimensions = sorted({d for t in tables for d in t})
    for d in dimensions:
        if (d,) not in tables:
            issues.append(Issue("missing", d, f"no table by {d} alone"))
    if len(dimensions) > 1 and not any(len(t) > 1 for t in tables):
        issues.append(Issue("missing", " × ".join(dimensions), "no table of their intersections"))
    for row in (r for t, rows in tables.items() if t for r in rows):
        absent = [w for w, v in (("number of people", row.n), ("impact ratio", row.ratio)) if v is None]
        absent += ["rate"] if row.rate is None and row.selected is None else []
        if absent:
            issues.append(Issue("missing", _where(row), f"no {' and no '.join(absent)}"))


def _percent(value: Fraction) -> str:
    return f"{100 * float(value):.4g} %"


def _between(pair: tuple[Fraction, Fraction]) -> str:
    low, high = (f"{float(v):.4g}" for v in pair)
    return low if low == high else f"between {low} and {high}"


def _people(pair: tuple[int, int]) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]} to {pair[1]}"
