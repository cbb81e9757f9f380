"""Evidence in a third of its space: what many pieces share is written once, the rest as rows; nothing is lost."""

from collections.abc import Mapping, Sequence
from typing import Any

NUMBERS = ("value", "low", "high", "n")
SHARED = ("measure", "unit", "source", "because")
SHARED_DETAIL = ("method", "confidence", "standing", "against", "dependence", "assumes")


def packed(evidence: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return plain evidence as forms and rows, in its order.

    Parameters
    ----------
    evidence : sequence of mapping
        As `codec.to_dict` writes it.

    Returns
    -------
    dict
        `forms`: what pieces of evidence share: measure, unit, source, because, the keys of `about`, and the keys of
        `detail`, each with its value where that is shared too. `rows`: one a piece: the place of its form, value,
        low, high, n, then what its form leaves open, in the form's order.

    Examples
    --------
    >>> piece = {"measure": "m", "value": 0.5, "low": None, "high": None, "n": 9, "unit": "", "about": {"group": "f"},
    ...          "source": "s", "because": "", "detail": {"method": "exact", "k": 2}}
    >>> packed([piece])["rows"]
    [[0, 0.5, None, None, 9, 'f', 2]]
    >>> unpacked(packed([piece])) == [piece]
    True
    """
    places: dict[str, int] = {}
    forms: list[dict[str, Any]] = []
    rows = []
    for e in evidence:
        detail = [[k, v] if k in SHARED_DETAIL else [k] for k, v in e["detail"].items()]
        form = {**{k: e[k] for k in SHARED}, "about": list(e["about"]), "detail": detail}
        key = repr(form)  # tells 1 from 1.0 and True, which read back as what they are
        if key not in places:
            places[key] = len(forms)
            forms.append(form)
        open_ = [v for k, v in e["detail"].items() if k not in SHARED_DETAIL]
        rows.append([places[key], *(e[k] for k in NUMBERS), *e["about"].values(), *open_])
    return {"forms": forms, "rows": rows}


def unpacked(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the evidence that `packed` took in.

    Raises
    ------
    KeyError, IndexError, TypeError, ValueError
        For anything else than forms and rows that fit.
    """
    return [_piece(raw["forms"], row) for row in raw["rows"]]


def _piece(forms: Sequence[Mapping[str, Any]], row: Sequence[Any]) -> dict[str, Any]:
    form, at = forms[row[0]], 1 + len(NUMBERS)
    end = at + len(form["about"])
    numbers = dict(zip(NUMBERS, row[1:at], strict=True))
    about = dict(zip(form["about"], row[at:end], strict=True))
    left = [pair[0] for pair in form["detail"] if len(pair) == 1]
    own = dict(zip(left, row[end:], strict=True))
    detail = {pair[0]: own[pair[0]] if len(pair) == 1 else pair[1] for pair in form["detail"]}
    return {**{k: form[k] for k in SHARED}, **numbers, "about": about, "detail": detail}
