"""The defaults that an audit took, each with its value and why: nobody chose them, so everybody should know them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from xaikit.core.evidence import JOIN
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Column, Details, Paragraph, Row, Table
from xaikit.report.text import Code, Listed, Message, Number, Text, say

REASONS: Mapping[str, Message] = MappingProxyType(
    {
        "model.threshold": say(
            "The model is taken to decide favourably from this score on. If another threshold is in use, state it: "
            "every rate depends on it."
        ),
        "model.features": say("No features are named: every column without another role, in the order of the table."),
        "roles.favourable": say("No favourable value is named: 1 is usual where decisions are 0 and 1."),
        "checks": say(
            "No checks are named: every check that needs no parameter of its own ran, where its inputs were there."
        ),
        "profiles": say("No profile is named: everything is measured, and nothing judged."),
        "seed": say("Any seed is as good as another; the same seed gives the same numbers."),
        "rows": say("So many of the audited rows are explained, drawn with the seed. More rows: narrower intervals."),
        "background": say(
            "So many rows of the population stand for a value that is not known, drawn with the seed. More rows: the "
            "same question, answered more exactly."
        ),
        "confidence": say("Convention: of 100 such intervals, 95 contain what they estimate."),
        "alpha": say("Convention: one false alarm in 20 where there is nothing to find."),
    }
)
CONFIDENCE = 0.95
TAKEN = say("Defaults that were taken")
RULE = say("rule of the method")


@dataclass(frozen=True, slots=True)
class Taken:
    """A value that nobody chose.

    Parameters
    ----------
    key : str
        Where it can be set in audit.yaml; empty for a rule of the method.
    value, why : Text
        What it is, and why.
    """

    key: str
    value: Text
    why: Text


def taken(result: AuditResult) -> tuple[Taken, ...]:
    """Return the defaults of an audit that have a reason of their own, and the rules that its method follows."""
    given = _given(result)
    return (*(t for k, v in given.items() if (t := _explained(k, v)) is not None), *_rules(result))


def parameters(result: AuditResult) -> dict[str, Any]:
    """Return the other parameters of checks and engines that have their default, by key."""
    return {k: v for k, v in _given(result).items() if _explained(k, v) is None}


def blocks(result: AuditResult) -> list[Block]:
    """Return the table of defaults, for the method section; nothing for results that do not tell them."""
    found, rest = taken(result), parameters(result)
    if not found and not rest:
        return []
    body: list[Block] = [
        Paragraph(say("Nobody chose these values for this audit. Each can be changed by its key in audit.yaml.")),
        _table(found),
    ]
    if rest:
        rows = tuple(Row((Code(k), _shown(v))) for k, v in rest.items())
        columns = (Column(say("key"), numeric=False), Column(say("value"), numeric=False))
        caption = say("Parameters of checks and engines, as their documentation explains them")
        body.append(Table(caption, columns, rows, name="parameters"))
    return [Details(say("Defaults that were taken, and why"), tuple(body))]


def _table(found: tuple[Taken, ...]) -> Table:
    columns = (
        Column(say("key"), numeric=False),
        Column(say("value"), numeric=False),
        Column(say("why"), numeric=False),
    )
    rows = tuple(Row((Code(t.key) if t.key else RULE, t.value, t.why)) for t in found)
    return Table(TAKEN, columns, rows, name="defaults")


def _given(result: AuditResult) -> Mapping[str, Any]:
    given = result.spec.get("defaults")
    return given if isinstance(given, Mapping) else {}


def _explained(key: str, value: Any) -> Taken | None:
    if key.startswith("checks."):
        return None
    why = REASONS.get(key) or REASONS.get(key.rpartition(".")[2])
    return None if why is None else Taken(key, _shown(value), why)


def _shown(value: Any) -> Text:
    if value is None or value == [] or value == {}:
        return say("none")
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, (int, float)):
        return Number(value, "bound")
    return Listed(tuple(_shown(v) for v in value)) if isinstance(value, (list, tuple)) else str(value)


def _rules(result: AuditResult) -> Iterator[Taken]:
    """Yield what no key sets and every reader should know."""
    if not _given(result):
        return
    ratios = result.measured("impact_ratio")
    if ratios:
        value = say("the group with the highest rate")
        yield Taken(
            "",
            value,
            say("Reference of every ratio, as 29 CFR 1607.4(D) compares; the groups are not ranked before."),
        )
    if any(JOIN in e.about.get("sensitive", "") for e in ratios):
        yield Taken(
            "", say("every combination of the sensitive features"), say("A gap can hide where features meet.")
        )
    if any("sensitive" in e.about for e in result.evidence):
        value = say("counted as a group of its own, outside every comparison")
        yield Taken("", value, say("Rows without a value of a sensitive feature: to drop them would hide them."))
    yield from _confidence(result)
    for least in sorted({c.min_n for p in result.profiles for c in p.criteria if c.min_n}):
        value = say("no verdict on fewer than {n} rows", n=Number(least, "count"))
        yield Taken("", value, say("Set by a criterion of the profiles: so few rows tell nothing."))


def _confidence(result: AuditResult) -> Iterator[Taken]:
    keys = [k for k, v in _given(result).items() if k.endswith(".confidence") and v == CONFIDENCE]
    if keys:
        key = Listed(tuple(k.split(".")[1] for k in keys))
        value = say("{share} confidence of intervals, in {checks}", share=Number(CONFIDENCE, "percent"), checks=key)
        yield Taken("", value, REASONS["confidence"])
