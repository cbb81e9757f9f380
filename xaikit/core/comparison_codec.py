"""A `Comparison` as plain values and back: both results whole, and what was found between them by place."""

from collections.abc import Iterable, Mapping
from typing import Any

from xaikit.core import codec
from xaikit.core.comparison import Compared, Comparison, Pairing, Turned
from xaikit.core.errors import DataError
from xaikit.core.evidence import Evidence
from xaikit.core.result import SCHEMA_VERSION, AuditResult

FORMAT = "xaikit-comparison"
NUMBERS = ("difference", "low", "high", "p", "outcome", "paired")
WORDS = ("because",)


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain dicts, lists, strings and numbers."""
    before, after = comparison.before, comparison.after
    old, new = _places(before.evidence), _places(after.evidence)
    was, is_ = _places(before.findings), _places(after.findings)
    return {
        "format": FORMAT,
        "schema": SCHEMA_VERSION,
        "verdict": str(comparison.verdict),
        "pairing": str(comparison.pairing),
        "alpha": comparison.alpha,
        "compared": [
            {
                "before": old.get(id(c.before), codec.plain(c.before)),  # one that was turned round stands here whole
                "after": new[id(c.after)],
                **{n: getattr(c, n) for n in (*NUMBERS, *WORDS)},
            }
            for c in comparison.compared
        ],
        "turned": [[was[id(t.before)], is_[id(t.after)]] for t in comparison.turned],
        "lost": [was[id(f)] for f in comparison.lost],
        "only_before": [old[id(e)] for e in comparison.only_before],
        "only_after": [new[id(e)] for e in comparison.only_after],
        "before": codec.compact(codec.to_dict(before)),
        "after": codec.compact(codec.to_dict(after)),
    }


def _places(things: Iterable[object]) -> dict[int, int]:
    return {id(thing): i for i, thing in enumerate(things)}


def _evidence(result: AuditResult, raw: Any) -> Evidence:
    return Evidence(**raw) if isinstance(raw, Mapping) else result.evidence[raw]


def comparison_from_dict(raw: Any) -> Comparison:
    """Return the comparison of plain values.

    Raises
    ------
    DataError
        When it is not a comparison, or of a newer schema.
    """
    if not isinstance(raw, Mapping) or raw.get("format") != FORMAT:
        raise DataError("comparison JSON", "something else", f'an object with "format": "{FORMAT}"')
    before, after = codec.from_dict(raw.get("before")), codec.from_dict(raw.get("after"))
    try:
        return Comparison(
            before,
            after,
            tuple(
                Compared(
                    _evidence(before, c["before"]),
                    after.evidence[c["after"]],
                    **{n: c[n] for n in NUMBERS},
                    **{n: c.get(n, "") for n in WORDS},
                )
                for c in raw["compared"]
            ),
            tuple(Turned(before.findings[i], after.findings[j]) for i, j in raw["turned"]),
            tuple(before.evidence[i] for i in raw["only_before"]),
            tuple(after.evidence[i] for i in raw["only_after"]),
            raw["alpha"],
            Pairing(raw["pairing"]),
            tuple(before.findings[i] for i in raw["lost"]),
        )
    except (LookupError, TypeError, ValueError) as error:
        raise DataError("comparison JSON", f"a field that does not fit ({error})", "an unaltered page") from None
