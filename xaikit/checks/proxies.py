"""Which features stand in for a sensitive one, and does the model lean on them? Predictability times dependence."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.compute.telling import Column, told
from xaikit.compute.telling_columns import Source, sources
from xaikit.core.decisions import Decisions
from xaikit.core.errors import AbsentError
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.players import Players
from xaikit.stats.predictability import area, information, product, share_of_each, variance_explained

Floats = NDArray[np.float64]
Detail = dict[str, float | int | str | bool | None]
Leaning = Mapping[str, tuple[float, float]]
ALL = "all features together"
OTHERS = "all features but itself"
NUMBERS = 8
"""A sensitive feature with more different numbers than this is a number; its groups are above the median or not."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A sensitive feature on the rows that are used.

    Parameters
    ----------
    name : str
        Of the feature.
    rows : int array, shape (n,)
        Their positions.
    truth : int array, shape (n,)
        Their groups.
    number : float array, shape (n,), or None
        Their values, where the feature is a number.
    """

    name: str
    rows: NDArray[np.intp]
    truth: NDArray[np.intp]
    number: Floats | None = None


def check(
    decisions: Decisions,
    rng: np.random.Generator,
    inputs: Any = None,
    players: Players | None = None,
    explanations: Mapping[str, Explanation] | None = None,
    *,
    rows: int = 5_000,
    folds: int = 5,
    confidence: float = 0.95,
    min_group: int = 20,
) -> Iterator[Evidence]:
    """Measure how well each sensitive feature can be told from each input, and from all together.

    A proxy is a feature from which the sensitive one can be predicted *and* on which the model depends; the product
    of the two is a measure of its own. Postal codes and names of people are known by their name and values, taken as
    categories, and looked at also where the model does not read them.

    Parameters
    ----------
    decisions : Decisions
        With the sensitive features.
    rng : numpy.random.Generator
        Draws rows and folds.
    inputs : table or array, shape (n, columns), optional
        What the model reads, of the same rows.
    players : Players, optional
        Features and groups of columns; a sensitive feature that is itself an input is set aside as "itself".
    explanations : mapping, optional
        Gives the dependence: mean absolute value of the feature, as a share of the sum over features.
    rows, folds : int
        Rows used at most, and folds of the cross-fitting.
    confidence : float
        Of the intervals, pointwise, for predictors that are given.
    min_group : int
        Groups with fewer rows are left out; with fewer than two groups left nothing can be told.

    Yields
    ------
    Evidence
        By sensitive and feature, all for rows that the predictor has not seen: `proxy_auc` (0.5 is chance; over
        several groups the mean of each against the rest; of numbers, above the median or not), `proxy_r2` (of groups
        Efron's), `proxy_mutual_information` (bits; `detail` holds its share of the entropy, the uncertainty
        coefficient), and `proxy_strength`: (2 AUC − 1) × dependence, 0 to 1. `about` names a postal code or a name in
        `kind`; `detail` holds the `dependence` with its interval, the declared standing and whether the model reads
        it.

    Raises
    ------
    AbsentError
        Without inputs, where no other column is a postal code or a name.

    References
    ----------
    Datta, A. et al. (2017). Proxy non-discrimination in data-driven systems. arXiv:1707.08120. (strength of a proxy:
    association with the protected feature, and influence on the decision)
    DeLong, E. R. et al. (1988). Comparing the areas under two or more correlated ROC curves. Biometrics 44.
    Theil, H. (1970). On the estimation of relationships involving qualitative variables. Am. J. Sociology 76.
    """
    found = sources(inputs, players, decisions.frame, decisions.roles.columns())
    if not found:
        got = "no columns that a model reads (texts have none), no postal code and no name"
        raise AbsentError("proxies", got, "a model of columns, or such a column")
    leaning = _leaning(explanations, players)
    for name in decisions.roles.sensitive:
        asked = _asked(decisions, name, rows, max(min_group, folds), folds, rng)
        if asked is None:
            because = f"fewer than two groups of {max(min_group, folds)} people or more"
            yield Evidence("proxy_auc", None, about={"sensitive": name}, because=because)
            continue
        for source in found:
            detail = _detail(source, asked, decisions, players, leaning, confidence)
            about = {"sensitive": name, **source.about}
            yield from _measured(asked, [source], about, detail, folds, rng)
        yield from _jointly(found, asked, confidence, folds, rng)


def _jointly(
    found: Sequence[Source], asked: Asked, confidence: float, folds: int, rng: np.random.Generator
) -> Iterator[Evidence]:
    read = [s for s in found if s.read and not s.part]
    together = {ALL: read}
    if any(s.feature == asked.name for s in read):
        together[OTHERS] = [s for s in read if s.feature != asked.name]
    for word, some in together.items():
        if len(some) > 1:
            detail: Detail = {"confidence": confidence, "features": len(some)}
            yield from _measured(asked, some, {"sensitive": asked.name, "feature": word}, detail, folds, rng)


def _measured(
    asked: Asked,
    some: Sequence[Source],
    about: Mapping[str, str],
    detail: Detail,
    folds: int,
    rng: np.random.Generator,
) -> Iterator[Evidence]:
    columns = [Column(s.column.values[asked.rows], s.column.category) for s in some]
    confidence, n = float(detail["confidence"] or 0.95), len(asked.rows)
    chances, fold = told(columns, asked.truth, folds, rng)
    groups = int(asked.truth.max()) + 1
    detail = {"groups": groups, **detail}
    if asked.number is None:
        shares = variance_explained(np.eye(groups)[asked.truth], chances, confidence)
    else:
        shares = variance_explained(asked.number, told(columns, asked.number, folds, rng)[0], confidence)
    auc = area(asked.truth, chances, confidence, fold)
    bits, entropy = information(asked.truth, chances, confidence)
    yield Evidence("proxy_auc", auc.value, auc.low, auc.high, n, "AUC", about, detail=detail)
    yield Evidence("proxy_r2", shares.value, shares.low, shares.high, n, "share", about, detail=detail)
    known: Detail = {**detail, "entropy": entropy, "uncertainty_coefficient": bits.value / max(entropy, 1e-12)}
    yield Evidence("proxy_mutual_information", bits.value, bits.low, bits.high, n, "bits", about, detail=known)
    share, error = detail.get("dependence"), detail.get("dependence_error")
    if isinstance(share, float) and isinstance(error, float) and not detail.get("itself"):
        strong = product(max(0.0, 2 * auc.value - 1), 2 * auc.error, share, error, confidence)
        because = "" if detail["read"] else "it is in the data, and the model does not read it"
        yield Evidence(
            "proxy_strength", strong.value, strong.low, strong.high, n, "share", about, "", because, detail
        )


def _asked(
    decisions: Decisions, name: str, rows: int, least: int, folds: int, rng: np.random.Generator
) -> Asked | None:
    column = decisions.frame[name]
    if pd.api.types.is_numeric_dtype(column.dtype) and column.nunique() > NUMBERS:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        chosen = np.sort(rng.permutation(np.flatnonzero(np.isfinite(values)))[:rows])
        number = values[chosen]
        above = (number > np.median(number)).astype(np.intp)
        return Asked(name, chosen, above, number) if min(np.bincount(above, minlength=2)) >= least else None
    groups = decisions.groups(name)
    sizes = np.bincount(groups.codes, minlength=len(groups.names))
    kept = groups.known & (sizes[groups.codes] >= least)
    chosen = np.sort(rng.permutation(np.flatnonzero(kept))[:rows])
    seen, truth = np.unique(groups.codes[chosen], return_inverse=True)
    enough = len(seen) > 1 and np.bincount(truth).min() >= folds
    return Asked(name, chosen, truth.astype(np.intp)) if enough else None


def _detail(
    source: Source,
    asked: Asked,
    decisions: Decisions,
    players: Players | None,
    leaning: Leaning,
    confidence: float,
) -> Detail:
    names = {source.feature}
    if players is not None and source.feature in players.names:
        names |= {players.columns[i] for i in players.members(players.names.index(source.feature))}
    unread = not source.read and players is not None
    share, error = (0.0, 0.0) if unread else leaning.get(source.feature, (None, None))
    return {
        "dependence": share,
        "dependence_error": error,
        "itself": source.read and asked.name in names,
        "read": source.read if players is not None else None,
        "confidence": confidence,
        "standing": decisions.roles.standing(*names),
    }


def _leaning(explanations: Mapping[str, Explanation] | None, players: Players | None) -> Leaning:
    """Return the share of each feature in all attributions of the first explanation, with its standard error."""
    for explanation in (explanations or {}).values():
        if players is not None and explanation.feature_names == players.names and explanation.values.ndim == 3:
            share, error = share_of_each(np.abs(explanation.values).mean(axis=2))
            return {n: (float(s), float(e)) for n, s, e in zip(players.names, share, error, strict=True)}
    return {}
