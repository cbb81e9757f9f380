"""Reading the `analysis_config.json` of Amazon SageMaker Clarify."""

import json
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xaikit.core.decisions import Roles
from xaikit.core.errors import DataError, SpecError, listed, nearest, shown

KNOWN = (
    "dataset_type",
    "dataset_uri",
    "headers",
    "label",
    "label_headers",
    "label_values_or_threshold",
    "facet",
    "facet_dataset_uri",
    "facet_headers",
    "group_variable",
    "predicted_label_dataset_uri",
    "predicted_label_headers",
    "predicted_labels",
    "probability_threshold",
    "predictor",
    "methods",
    "features",
    "joinsource_name_or_index",
    "excluded_columns",
    "version",
)


@dataclass(frozen=True, slots=True)
class AnalysisConfig:
    """What an analysis_config.json asks for, in the words of this project.

    Parameters
    ----------
    label : str or None
        The column of the ground truth.
    favourable : tuple
        Values of the label that are favourable; or one threshold above which it is, when `by_threshold`.
    by_threshold : bool
        Whether `favourable` is a threshold.
    facets : mapping of str to tuple
        Feature to the values of the facet; empty where a threshold or every value is meant.
    thresholds : mapping of str to float
        Numeric facets: above it, a row is in the facet.
    group_variable : str or None
        The strata of conditional disparity.
    predicted : str or None
        The column of the predicted label, when it is in the table.
    methods : tuple of str
        "pre_training_bias", "post_training_bias", …
    metrics : mapping of str to tuple of str
        Metrics by method; empty for all.
    not_read : tuple of str
        Keys that have no meaning here.
    """

    label: str | None
    favourable: tuple[Hashable, ...]
    by_threshold: bool
    facets: Mapping[str, tuple[str, ...]]
    thresholds: Mapping[str, float]
    group_variable: str | None
    predicted: str | None
    methods: tuple[str, ...]
    metrics: Mapping[str, tuple[str, ...]]
    not_read: tuple[str, ...]

    def roles(self, decision: str | None = None) -> Roles:
        """Return the roles of the columns; the decision is the predicted label unless another is named."""
        return Roles(
            decision=decision or self.predicted,
            favourable=self.favourable[0] if self.favourable else 1,
            label=self.label,
            sensitive=tuple(dict.fromkeys([*self.facets, *self.thresholds])),
            control=(self.group_variable,) if self.group_variable else (),
        )

    def facet_parameters(self) -> dict[str, list[str]] | None:
        """Return the parameter `facets` of the check `clarify`; None where every group is a facet in turn."""
        named = {k: list(v) for k, v in self.facets.items() if v}
        return named or None


def read_analysis_config(path: str | Path) -> AnalysisConfig:
    """Return what an analysis_config.json asks for.

    Raises
    ------
    DataError
        When the file is not there, or not JSON; the line is named.
    SpecError
        When a key is unknown (the nearest is named) or a value does not fit.

    References
    ----------
    Amazon SageMaker Developer Guide, Analysis configuration files.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(shown(str(path)), "no such file", "an analysis_config.json")
    try:
        raw = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise DataError(f"{path.name}, line {error.lineno}", f"text that is not JSON ({error.msg})", "JSON") from None
    except UnicodeDecodeError:
        raise DataError(path.name, "a file that is not text", "JSON in UTF-8") from None
    if not isinstance(raw, Mapping):
        raise SpecError(path.name, "something else", "an object")
    return _config(raw, path.name)


def _config(raw: Mapping[str, Any], file: str) -> AnalysisConfig:
    unknown = [k for k in raw if k not in KNOWN]
    if unknown:
        near = nearest(unknown[0], KNOWN)
        hint = f"Did you mean {shown(near)}?" if near else None
        raise SpecError(file, f"unknown key {shown(unknown[0])}", f"one of {listed(KNOWN)}", hint)
    headers = raw.get("headers") or []
    facets: dict[str, tuple[str, ...]] = {}
    thresholds: dict[str, float] = {}
    for i, facet in enumerate(_list(raw.get("facet"), file, "facet")):
        _facet(facet, headers, f"{file}, facet[{i}]", facets, thresholds)
    values = raw.get("label_values_or_threshold") or []
    label = _column(raw.get("label"), headers, f"{file}, label")
    methods = raw.get("methods") or {}
    asked = {m: _metrics(v) for m, v in methods.items()} if isinstance(methods, Mapping) else {}
    predicted = (raw.get("predicted_label_headers") or [None])[0]
    single = len(values) == 1 and isinstance(values[0], (int, float)) and not isinstance(values[0], bool)
    return AnalysisConfig(
        label,
        tuple(values),
        single and values[0] not in (0, 1),
        facets,
        thresholds,
        _column(raw.get("group_variable"), headers, f"{file}, group_variable"),
        predicted,
        tuple(asked),
        asked,
        tuple(k for k in raw if k in ("predictor", "joinsource_name_or_index", "dataset_uri")),
    )


def _facet(
    facet: Any, headers: Sequence[str], where: str, facets: dict[str, tuple[str, ...]], thresholds: dict[str, float]
) -> None:
    if not isinstance(facet, Mapping) or "name_or_index" not in facet:
        raise SpecError(where, "no 'name_or_index'", "the name, or the place, of a column")
    name = _column(facet["name_or_index"], headers, where)
    assert name is not None
    values = _list(facet.get("value_or_threshold"), where, "value_or_threshold")
    number = len(values) == 1 and isinstance(values[0], float)
    if number:
        thresholds[name] = float(values[0])
    else:
        facets[name] = tuple(_plain(v) for v in values)


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _list(value: Any, file: str, key: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise SpecError(f"{file}, {key}", shown(value), "a list")
    return value


def _metrics(asked: Any) -> tuple[str, ...]:
    wanted = asked.get("methods", "all") if isinstance(asked, Mapping) else "all"
    return () if wanted == "all" else tuple(wanted)


def _column(value: Any, headers: Sequence[str], where: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < len(headers):
            raise SpecError(where, f"column {value}", f"a place below {len(headers)}, the number of headers")
        return str(headers[value])
    if headers and value not in headers:
        near = nearest(value, headers)
        hint = f"Did you mean {shown(near)}?" if near else None
        raise SpecError(where, f"column {shown(value)}", f"one of {listed(headers)}", hint)
    return str(value)
