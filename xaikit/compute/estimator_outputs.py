"""Which outputs a fitted estimator answers with, by name: classes, targets, clusters, or numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClusterMixin


def classes_of(estimator: Any) -> Any:
    """Return the classes that an estimator knows, or a list of those of each target; None where it answers numbers.

    The numbers of clusters are names, not quantities: they are classes too.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> classes_of(KMeans(2, n_init=1).fit([[0.0], [9.0]])).tolist()
    [0, 1]
    """
    steps = getattr(estimator, "steps", ())
    last = steps[-1][1] if steps else estimator
    if isinstance(last, ClusterMixin):
        return np.unique(getattr(last, "labels_", ()))
    classes = getattr(estimator, "classes_", None)
    return classes if classes is not None and len(classes) else None  # CatBoost's regressors have none, in a list


def indicators(named: Any, classes: Any) -> NDArray[Any]:
    """Return 1 where a row was given a class, else 0, (rows, classes); of several targets side by side.

    Examples
    --------
    >>> indicators(["b", "a"], np.array(["a", "b"])).astype(int).tolist()
    [[0, 1], [1, 0]]
    """
    given = np.asarray(named)
    if isinstance(classes, list):
        return np.hstack([given[:, i, None] == np.asarray(own)[None, :] for i, own in enumerate(classes)])
    if given.ndim == 2 and given.shape[1] > 1:  # several labels, already 0 and 1
        return given
    return np.asarray(given.reshape(-1, 1) == np.asarray(classes)[None, :])


def side_by_side(chances: Any) -> Any:
    """Return the probabilities of several targets, which are given in a list, as columns."""
    return np.hstack([np.asarray(c) for c in chances]) if isinstance(chances, list) else chances


def both_sides(margin: Any, classes: Any) -> NDArray[Any]:
    """Return what speaks for each of two classes, (rows, 2), of the one margin that speaks for the second.

    Whoever asks for a class by name gets its own score, wherever the alphabet put it.

    Examples
    --------
    >>> both_sides([0.5, -2.0], np.array(["hire", "reject"])).tolist()
    [[-0.5, 0.5], [2.0, -2.0]]
    """
    found = np.asarray(margin)
    two = classes is not None and not isinstance(classes, list) and len(classes) == 2 and found.ndim == 1
    return np.stack([-found, found], axis=1) if two else found


def output_names(estimator: Any, method: str) -> tuple[str, ...]:
    """Return the names of the outputs, as far as they can be told before the first answer."""
    classes = classes_of(estimator)
    if isinstance(classes, list):  # several targets, each with classes of its own
        names = tuple(f"{i}: {c}" for i, own in enumerate(classes) for c in own)
        return names if method != "decision_function" else ()
    if classes is not None:
        return tuple(map(str, classes))
    return ("prediction",) if method == "predict" else ("score",)


def numbered(names: Sequence[str], classes: Any, count: int) -> tuple[str, ...]:
    """Return names for as many outputs as there turned out to be.

    Examples
    --------
    >>> numbered(["prediction"], None, 2), numbered([], [["no", "yes"], ["a", "b"]], 2)
    (('prediction 0', 'prediction 1'), ('0: yes', '1: b'))
    """
    if isinstance(classes, list) and count == len(classes):  # the last class of each target, as chains answer
        return tuple(f"{i}: {own[-1]}" for i, own in enumerate(classes))
    if classes is not None and not isinstance(classes, list) and count == len(classes):
        return tuple(map(str, classes))
    stem = names[0] if len(names) == 1 else "output"
    return (stem,) if count == 1 else tuple(f"{stem} {i}" for i in range(count))
