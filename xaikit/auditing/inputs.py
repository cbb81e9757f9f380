"""What the audit hands over to its steps: the rows, the model's answers, the decisions and their counts."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xaikit.auditing.gaps import takes_gaps
from xaikit.auditing.models import takes_frames
from xaikit.auditing.plan import Plan
from xaikit.auditing.texts import texts_of
from xaikit.compute.batches import length, take
from xaikit.compute.seeds import generator
from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, ModelError, listed, shown, unknown_name
from xaikit.core.model import Model
from xaikit.core.progress import Progress
from xaikit.core.target import Target, one_output
from xaikit.stats.tally import Tally

CODED = re.compile(r"[-+]?[\d.]+|(?i:true|false)|(output|score|prediction) \d+")  # values and outputs without words
UNDECIDED = (
    "No decision was audited: the table has labels alone. What is measured is how favourable labels are spread over "
    "the groups; whether the labels are fair, they cannot tell."
)


def inputs_of(planned: Plan, progress: Progress) -> dict[str, Any]:
    """Return everything that the audit can hand over, by name; None where it is absent.

    Raises
    ------
    DataError, ModelError
        When the table cannot be used, or the model does not answer as it must.
    """
    audited = planned.frame[planned.audited].reset_index(drop=True)
    out: dict[str, Any] = {"progress": progress, "population_frame": planned.frame, "players": planned.players}
    selected = score = None
    if isinstance(planned.model, Model):
        out |= _asked(planned, progress)
        score = out.pop("score")
        selected = score >= out["threshold"] if planned.roles.decision is None else None
    threshold = planned.spec.model.threshold if planned.spec.model else None
    decisions = Decisions.of(audited, planned.roles, selected=selected, score=score)
    if decisions.selected is None and decisions.score is not None and threshold is not None:
        decisions = replace(decisions, selected=decisions.score >= threshold)
    decisions = _decided(decisions)
    tally = Tally.of(decisions) if planned.roles.sensitive else None
    return {**out, "decisions": decisions, "tally": tally}


def _decided(decisions: Decisions) -> Decisions:
    """Return decisions, or labels alone with a note that says so."""
    if decisions.selected is not None or decisions.score is not None:
        return decisions
    if decisions.label is None or not decisions.roles.sensitive:
        expected = "roles.decision, a model, roles.score with a model threshold, or roles.label with roles.sensitive"
        raise DataError("the audit", "no decisions", expected)
    return replace(decisions, notes=(UNDECIDED, *decisions.notes))


def _asked(planned: Plan, progress: Progress) -> dict[str, Any]:
    model, spec = planned.model, planned.spec
    threshold = spec.model.threshold if spec.model else 0.5
    population = _as_model_takes(planned)
    inputs = take(population, np.flatnonzero(planned.audited))
    if hasattr(model, "requests_for"):  # an endpoint may cost money: how much is said before it is asked
        progress("requests to the endpoint, for the audited rows", 0, model.requests_for(inputs))
    outputs = model.predict(inputs)
    target = _favourable(planned, outputs.shape[1])
    rows = max([s.background for _, _, s in planned.engines], default=100)
    return {
        "players": None if isinstance(population, list) else planned.players,
        "model": model,
        "inputs": inputs,
        "population": population,
        "background": background_of(population, rows, spec.seed),
        "target": target,
        "threshold": threshold,
        "score": np.asarray(target(outputs)[:, 0], dtype=np.float64),
    }


def _favourable(planned: Plan, outputs: int) -> Target:
    """Return the target that is the favourable score: declared, or the only one of one output or of two."""
    names = planned.model.card.output_names or tuple(f"output {i}" for i in range(outputs))
    wanted = planned.spec.model.output if planned.spec.model else None
    if wanted is None:
        wanted = str(planned.roles.favourable) if str(planned.roles.favourable) in names else None
    if wanted is None:
        if outputs > 2:
            raise ModelError("the model", f"{outputs} outputs", "model.output: which one is the favourable score")
        favourable = str(planned.roles.favourable)
        if not CODED.fullmatch(favourable) and len(names) == 2 and not any(map(CODED.fullmatch, names)):
            got = f"outputs {listed(names)}, none of them called {shown(favourable)}"
            raise ModelError("the model", got, "model.output: which one is the favourable score")
        wanted = outputs - 1
    if isinstance(wanted, str) and wanted not in names:
        raise unknown_name("model.output", "output", wanted, names)
    if isinstance(wanted, int) and not -outputs <= wanted < outputs:
        raise ModelError("model.output", f"output {wanted}", f"an index below {outputs}")
    return one_output(wanted % outputs if isinstance(wanted, int) else names.index(wanted), names)


def _as_model_takes(planned: Plan) -> Any:
    """Return the feature columns of all rows: a list of texts, a frame where the model takes frames, or an array."""
    features = planned.frame[list(planned.features)]
    texts = texts_of(planned.model, features)
    if texts is not None:
        return texts
    if takes_frames(planned.model) or (
        planned.model.card.adapter == "function" and _answers_frames(planned, features)
    ):
        return features
    return _numbers(features, planned.model)


def _answers_frames(planned: Plan, features: pd.DataFrame) -> bool:
    """Return whether a callable answers a table of two rows; one that does not is given arrays."""
    try:
        planned.model.predict(features.iloc[:2])
    except ModelError:
        return False
    return True


def _numbers(features: pd.DataFrame, model: Any) -> NDArray[np.floating[Any]]:
    """Return the features as `(n, columns)`, each of them a finite number, or a gap that the model takes.

    In the precision of the column, so that an amount of 54,321,987 stays one; a net of float32 is given float32.
    """
    for name in features.columns:
        if not pd.api.types.is_numeric_dtype(features[name].dtype):
            raise DataError(
                f"feature column '{name}'",
                f"values such as '{features[name].iloc[0]}'",
                "numbers, as the model takes them",
                "Name the columns that the model takes under model.features.",
            )
    single = str(getattr(model, "dtype", "")) == "torch.float32"
    values: NDArray[np.floating[Any]] = features.to_numpy(dtype=np.float32 if single else np.float64)
    bad = np.argwhere(np.isinf(values) if takes_gaps(model, values) else ~np.isfinite(values))
    if len(bad):
        row, column = bad[0]
        got = f"{len(bad)} NaN or infinite values, the first in row {row + 1}"
        raise DataError(f"feature column '{features.columns[column]}'", got, "finite numbers")
    return values


def background_of(population: Any, rows: int, seed: int) -> Any:
    """Return `rows` rows of the population, drawn with the seed; a smaller draw is part of a larger one."""
    drawn = generator(seed, "background").permutation(length(population))[:rows]
    return take(population, np.sort(drawn))
