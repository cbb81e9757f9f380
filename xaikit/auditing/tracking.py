"""An audit in MLflow: verdicts as tags, measures as metrics, the report and its JSON twin as artefacts."""

import importlib
import importlib.util
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xaikit.auditing.compare import IDEALS
from xaikit.core.errors import MissingExtraError
from xaikit.core.evidence import JOIN, Evidence, Verdict, overall
from xaikit.core.result import SCHEMA_VERSION, AuditResult
from xaikit.io.files import sha256

mlflow: Any = importlib.import_module("mlflow") if importlib.util.find_spec("mlflow") else None

MEASURES = frozenset({*IDEALS, "selection_rate", "true_positive_rate", "false_positive_rate"})
FOLDER = "xaikit"
LONGEST = 240  # letters of a metric's name; MLflow takes 250
BATCH = 1000


def required() -> None:
    """Say that MLflow is missing, before any work is done.

    Raises
    ------
    MissingExtraError
        When it is not installed.
    """
    if mlflow is None:
        raise MissingExtraError("MLflow", "no mlflow", "mlflow or mlflow-skinny", "pip install 'xaikit[mlflow]'")


def log_to_mlflow(result: AuditResult, run_id: str | None = None) -> str:
    """Log an audit to a run of MLflow: the one named, or the active one, or a new one; return the run's id.

    Parameters
    ----------
    result : AuditResult
        What was found.
    run_id : str, optional
        Of a run that is there, for example the one that trained the model.

    Notes
    -----
    Where it is logged to is MLflow's business (`MLFLOW_TRACKING_URI`, `MLFLOW_EXPERIMENT_NAME`). No rows of the data
    are logged: what is there is what stands in the report.

    Raises
    ------
    MissingExtraError
        When MLflow is not installed.
    """
    required()
    if run_id is None and mlflow.active_run() is None:
        with mlflow.start_run(run_name=result.title) as run:
            return _logged(result, str(run.info.run_id))
    return _logged(result, run_id or str(mlflow.active_run().info.run_id))


def _logged(result: AuditResult, run_id: str) -> str:
    client = mlflow.MlflowClient()
    with tempfile.TemporaryDirectory() as folder:
        page, twin = Path(folder, "report.html"), Path(folder, "result.json")
        result.to_html(page)
        result.to_json(twin)
        client.log_artifacts(run_id, folder, FOLDER)
        tags = {**tags_of(result), "xaikit.result_sha256": sha256(twin)}
    entries = [mlflow.entities.RunTag(k, v) for k, v in tags.items()]
    metrics = [mlflow.entities.Metric(k, v, 0, 0) for k, v in metrics_of(result).items()]
    client.log_batch(run_id, tags=entries)
    for start in range(0, len(metrics), BATCH):
        client.log_batch(run_id, metrics=metrics[start : start + BATCH])
    return run_id


def tags_of(result: AuditResult) -> dict[str, str]:
    """Return the verdicts and where they come from, by tag."""
    failed = sorted({f.criterion.id for f in result.findings if f.verdict is Verdict.FAIL})
    profiles = {
        f"xaikit.verdict.{p.id}": str(overall([f for f in result.findings if f.criterion.profile == p.id]))
        for p in result.profiles
    }
    return {
        "xaikit.title": result.title,
        "xaikit.verdict": str(result.verdict),
        **profiles,
        "xaikit.failed": ", ".join(failed),
        "xaikit.created": result.provenance.created,
        "xaikit.seed": str(result.provenance.seed),
        "xaikit.schema": str(SCHEMA_VERSION),
        **{f"xaikit.{_part(what)}_sha256": digest for what, digest in result.provenance.hashes.items()},
    }


def metrics_of(result: AuditResult) -> dict[str, float]:
    """Return the measures, and their limits, by a name that MLflow takes: `impact_ratio/sex/f`.

    Examples
    --------
    >>> from xaikit.core.result import Provenance
    >>> e = Evidence("impact_ratio", 0.5, 0.4, 0.6, about={"sensitive": "sex×race", "group": "f×a/b"})
    >>> metrics_of(AuditResult("t", {}, Provenance(), evidence=(e,)))
    {'impact_ratio/sex x race/f x a_b': 0.5, 'impact_ratio.low/sex x race/f x a_b': 0.4, \
'impact_ratio.high/sex x race/f x a_b': 0.6}
    """
    out: dict[str, float] = {}
    for e in result.evidence:
        if e.measure in MEASURES and not {"stratum", "bin"} & set(e.about):
            for name, value in _numbers(e):
                out[_free(name, out)] = value
    counted = [f.verdict for f in result.findings if not f.open]
    for verdict in (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR):
        if counted:
            out[f"findings/{str(verdict).lower()}"] = float(counted.count(verdict))
    return out


def _numbers(e: Evidence) -> Iterator[tuple[str, float]]:
    keys = ("sensitive", "group", *(("reference",) if "flip" in e.measure else ()))
    about = [_part(e.about[k]) for k in keys if k in e.about]
    for ending, value in (("", e.value), (".low", e.low), (".high", e.high)):
        if value is not None:
            yield "/".join([f"{e.measure}{ending}", *about])[:LONGEST], value


def _part(name: str) -> str:
    """Return a name of the data as part of a metric's name: letters, digits, and what MLflow takes besides."""
    plain = re.sub(r"[^\w.\- :]", "_", name.replace(JOIN, " x ")).strip(" ./")
    return plain or "_"


def _free(name: str, taken: dict[str, float]) -> str:
    n, free = 1, name
    while free in taken:
        n += 1
        free = f"{name}_{n}"
    return free
