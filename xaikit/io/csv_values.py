"""What the texts of a CSV column mean once the whole column is known: numbers, truth values, or names."""

from collections.abc import Sequence

import numpy as np

from xaikit.core.evidence import UNKNOWN
from xaikit.core.groups import in_order
from xaikit.core.values import TRUTH, as_number
from xaikit.io.tables import MISSING_AMONG_NUMBERS
from xaikit.stats.axis import Axis
from xaikit.stats.merging import regrouped
from xaikit.stats.tally import Tally


def read_as_columns(tally: Tally) -> Tally:
    """Return the tally with its groups named as if each column had been read whole.

    A stream meets "01" and "1.0" as texts, for the rest of the column may still be words; once it is known that all
    are numbers, they are the one group 1, as they are in a table in memory, and words such as NA are missing.
    """
    renamed = [_renamed([g for g in a.groups if g != UNKNOWN]) for a in tally.axes]
    if not any(renamed):
        return tally
    axes, maps = [], []
    for axis, names in zip(tally.axes, renamed, strict=True):
        new = [names.get(g, g) for g in axis.groups]
        groups = in_order(set(new))
        axes.append(Axis(axis.name, axis.role, groups))
        maps.append(np.array([groups.index(n) for n in new], dtype=np.int64))
    return regrouped(tally, tuple(axes), maps)


def _renamed(names: Sequence[str]) -> dict[str, str]:
    """Return new names of groups; empty where they stay as they are."""
    if names and all(n in TRUTH for n in names):
        return {n: str(bool(TRUTH[n])) for n in names}
    missing = {n for n in names if n.strip().casefold() in MISSING_AMONG_NUMBERS}
    numbers = {n: as_number(n) for n in names if n not in missing}
    if not numbers or any(v is None or n in TRUTH for n, v in numbers.items()):
        return {}
    new = {n: _number_name(n, v) for n, v in numbers.items() if v is not None}
    return {n: w for n, w in (new | dict.fromkeys(missing, UNKNOWN)).items() if n != w}


def _number_name(text: str, value: float) -> str:
    try:
        return str(int(text))
    except ValueError:
        return str(int(value)) if value.is_integer() else str(value)
