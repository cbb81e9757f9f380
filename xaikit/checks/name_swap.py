"""Does a text model score the same words differently under another name? Only the name is changed.

Every template is scored with every name; the differences between groups of names are taken within a template, so that
nothing but the name can make them. Templates are few and scores within one are alike: intervals are clustered by it.

References
----------
Bertrand, M., Mullainathan, S. (2004). Are Emily and Greg more employable than Lakisha and Jamal? American Economic
Review 94(4), 991–1013 (the names). https://doi.org/10.1257/0002828042002561
Cameron, A. C., Gelbach, J. B., Miller, D. L. (2008). Bootstrap-based improvements for inference with clustered
errors. Review of Economics and Statistics 90(3), 414–427.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy import stats

from xaikit.core.errors import DataError, ModelError, SpecError, shown
from xaikit.core.evidence import Evidence
from xaikit.core.model import Model
from xaikit.core.target import Target

SOURCE, SLOT = "name_swap", "{name}"
Floats = NDArray[np.float64]


def check(
    model: Model,
    target: Target,
    threshold: float,
    rng: np.random.Generator,
    *,
    templates: list[str],
    names: dict[str, list[str]],
    resamples: Annotated[int, Field(ge=100)] = 2000,
) -> Iterator[Evidence]:
    """Score templates × names, and compare the groups of names within each template.

    Parameters
    ----------
    model : Model
        Reads a list of texts.
    target : Target
        The favourable score.
    threshold : float
        A score at or above it is a favourable decision.
    rng : numpy.random.Generator
        Draws the sign flips of the test.
    templates : list of str
        Texts with `{name}` where the name stands.
    names : mapping of str to list of str
        Names by group, at least two groups.
    resamples : int
        Sign flips of the templates' differences, when there are too many to try all.

    Yields
    ------
    Evidence
        For every pair of groups: `name_swap_difference` (mean score of `group` − mean score of `reference`, over the
        templates, with a 95 % interval that treats templates as clusters), `name_swap_p` (two-sided, all sign flips
        of the templates' differences) and `name_swap_decisions` (share of template × name × name triples in which
        the decision differs). For every group `name_swap_spread`: the largest range of scores that names of one and
        the same group make in one template, which tells a group's effect from that of single names.

    Raises
    ------
    DataError
        When there are no templates or names.
    SpecError
        When a template has no place for the name, or a group no names.
    ModelError
        When the model does not read texts.
    """
    if not templates or not names:
        raise DataError(SOURCE, "no templates or no names", "its parameters `templates` and `names`")
    _fit(templates, names)
    scores = _scores(model, target, templates, names)
    for group, of in scores.items():
        n = int(of.size)
        spread = float(np.ptp(of, axis=1).max())
        yield Evidence("name_swap_spread", spread, n=n, unit="score", about={"group": group}, source=SOURCE)
    for reference, group in combinations(scores, 2):
        yield from _compared(scores, group, reference, threshold, rng, resamples)


def _compared(
    scores: Mapping[str, Floats],
    group: str,
    reference: str,
    threshold: float,
    rng: np.random.Generator,
    resamples: int,
) -> Iterator[Evidence]:
    ours, theirs = scores[group], scores[reference]
    about = {"sensitive": "name", "group": group, "reference": reference}
    differences = ours.mean(axis=1) - theirs.mean(axis=1)  # one a template: the cluster
    differences[np.abs(differences) <= 1e-12 * np.abs(ours).max()] = 0.0  # the rounding of a mean is no effect
    n, mean = len(differences), float(differences.mean())
    counts = {"templates": n, "names": ours.shape[1], "names_reference": theirs.shape[1]}
    low = high = None
    because = "one template has no spread to judge by" if n < 2 else ""
    if n > 1:
        half = float(stats.t.ppf(0.975, n - 1) * differences.std(ddof=1) / np.sqrt(n))
        low, high = mean - half, mean + half
    method = "t, clustered by template"
    detail = {"confidence": 0.95, "method": method, "largest": _largest(differences), **counts}
    yield Evidence("name_swap_difference", mean, low, high, n, "score", about, SOURCE, because, detail)
    p = _sign_flips(differences, rng, resamples)
    why = f"with {n} templates no p below {2 / 2**n:g} is possible" if n < 6 else ""
    yield Evidence("name_swap_p", p, n=n, unit="p", about=about, source=SOURCE, because=why)
    differ = (ours[:, :, None] >= threshold) != (theirs[:, None, :] >= threshold)
    count = int(differ.sum())
    yield Evidence(
        "name_swap_decisions",
        float(differ.mean()),
        n=int(differ.size),
        unit="rate",
        about=about,
        source=SOURCE,
        detail={"count": count},
    )


def _scores(
    model: Model, target: Target, templates: Sequence[str], names: Mapping[str, Sequence[str]]
) -> dict[str, Floats]:
    """Return the scores of each group, shape (templates, names)."""
    texts = [t.replace(SLOT, n) for of in names.values() for t in templates for n in of]
    try:
        flat = np.asarray(target(model.predict(texts))[:, 0], dtype=np.float64)
    except DataError as error:
        raise ModelError(SOURCE, f"a model that does not read texts ({error})", "one that reads texts") from error
    out, start = {}, 0
    for group, of in names.items():
        size = len(templates) * len(of)
        out[group] = flat[start : start + size].reshape(len(templates), len(of))
        start += size
    return out


def _sign_flips(differences: Floats, rng: np.random.Generator, resamples: int) -> float:
    n = len(differences)
    if 2**n <= resamples:
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
        extra = 0
    else:
        signs = 1 - 2 * rng.integers(0, 2, size=(resamples, n))
        extra = 1  # the data themselves are one of the flips
    flipped = np.abs((signs * differences).mean(axis=1))
    as_far = int((flipped >= abs(differences.mean()) * (1 - 1e-12)).sum())
    return (as_far + extra) / (len(signs) + extra)


def _largest(differences: Floats) -> float:
    return float(differences[np.abs(differences).argmax()])


def _fit(templates: Sequence[str], names: Mapping[str, Sequence[str]]) -> None:
    without = next((t for t in templates if SLOT not in t), None)
    if without is not None:
        raise SpecError("name_swap.templates", shown(without), f"'{SLOT}' where the name stands")
    if len(names) < 2:
        raise SpecError("name_swap.names", f"{len(names)} group", "at least two groups of names")
    empty = next((g for g, of in names.items() if not of), None)
    if empty is not None:
        raise SpecError(f"name_swap.names.{empty}", "no names", "at least one name")
