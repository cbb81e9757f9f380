"""Results and explanations as pandas frames, one line each."""

import itertools
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult

EVIDENCE = ("measure", "value", "low", "high", "n", "unit", "source")
ABOUT = ("sensitive", "group", "reference", "stratum", "feature")


def evidence_frame(result: AuditResult) -> pd.DataFrame:
    """Return one line each: measure, value, low, high, n, unit, source, then the keys of `about`, then `because`."""
    rows = [{**{k: getattr(e, k) for k in EVIDENCE}, **e.about, "because": e.because} for e in result.evidence]
    columns = _columns(EVIDENCE, (e.about for e in result.evidence))
    frame = pd.DataFrame(rows, columns=[*columns, "because"])
    numeric = ["value", "low", "high"]
    return frame.assign(**{c: pd.to_numeric(frame[c]).astype(float) for c in numeric})


def findings_frame(result: AuditResult) -> pd.DataFrame:
    """Return one line each: profile, criterion, title, verdict, because, citation, then the keys of `about`."""
    first = ("profile", "criterion", "title", "verdict", "because", "citation")
    rows = [
        {
            "profile": f.criterion.profile,
            "criterion": f.criterion.id,
            "title": f.criterion.title,
            "verdict": str(f.verdict),
            "because": f.because,
            "citation": f.criterion.citation,
            **f.about,
        }
        for f in result.findings
    ]
    return pd.DataFrame(rows, columns=_columns(first, (f.about for f in result.findings)))


def explanation_frame(explanation: Explanation) -> pd.DataFrame:
    """Return one line a row × feature × output, with value, standard error, 95 % limits and own value.

    Values over more than one feature axis (images, sequences) are named by their index along each axis.
    """
    e = explanation
    axes = e.values.shape[1:-1]
    if len(axes) == 1:
        features: list[str] = list(e.feature_names)
    else:
        features = [",".join(map(str, i)) for i in itertools.product(*map(range, axes))]
    index = pd.MultiIndex.from_product([e.rows, features, e.output_names], names=["row", "feature", "output"])
    frame = pd.DataFrame({"value": e.values.ravel()}, index=index).reset_index()
    margin = e.margin()
    if e.stderr is not None and margin is not None:
        low, high = (e.values - margin).ravel(), (e.values + margin).ravel()
        frame = frame.assign(stderr=e.stderr.ravel(), low=low, high=high)
    if e.data is not None and e.data.size * len(e.output_names) == len(frame):
        frame["data"] = np.repeat(e.data.ravel(), len(e.output_names))
    return frame


def _columns(first: tuple[str, ...], about: Iterable[Mapping[str, str]]) -> list[str]:
    keys = {k for a in about for k in a}
    return [*first, *ABOUT, *sorted(keys - set(ABOUT) - set(first))]
