"""The table of each stratum, with the weights and clusters of its rows."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from xaikit.core.evidence import JOIN
from xaikit.stats.table import Table
from xaikit.stats.tally import Tally


def tables_by_stratum(tally: Tally, *names: str) -> Iterator[tuple[str, Table]]:
    """Yield the name of each stratum that occurs and the table of its rows, in the order of the control values.

    A group of whom nobody is in a stratum is not in its table.
    """
    places = [i for i, a in enumerate(tally.axes) if a.role == "control"]
    values, stratum = np.unique(tally.cells[:, places], axis=0, return_inverse=True)
    owner = None if tally.clusters is None else stratum.ravel()[tally.cells_of_clusters()]
    for s, codes in enumerate(values):
        own = stratum.ravel() == s
        part = replace(
            tally,
            cells=tally.cells[own],
            counts=tally.counts[own],
            weights=None if tally.weights is None else tally.weights[own],
            squares=None if tally.squares is None else tally.squares[own],
            scores=None,
        )
        if owner is not None and tally.clusters is not None and tally.cluster_mass is not None:
            part = replace(part, clusters=tally.clusters[owner == s], cluster_mass=tally.cluster_mass[owner == s])
        name = JOIN.join(tally.axes[p].groups[v] for p, v in zip(places, codes, strict=True))
        yield name, part.table(*names)
