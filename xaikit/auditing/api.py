"""`xaikit.audit`: an audit from a file, or from a table, a model and a few words."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from xaikit.auditing.counted import audit_tally
from xaikit.auditing.models import as_model
from xaikit.auditing.plan import plan
from xaikit.auditing.portable import portable
from xaikit.auditing.run import Kept, run
from xaikit.auditing.spec import from_yaml, parse
from xaikit.auditing.spec_types import AuditSpec
from xaikit.auditing.streaming import audit_stream, streams
from xaikit.core.decisions import Roles
from xaikit.core.errors import SpecError
from xaikit.core.progress import Progress, silent
from xaikit.core.result import AuditResult
from xaikit.io.files import sha256
from xaikit.io.tables import as_frame
from xaikit.stats.tally import Tally

COLUMNS = ("decision", "label", "score", "sensitive", "control", "legitimate", "contested", "weight", "cluster", "id")


def audit(
    source: Any,
    *,
    roles: Roles | Mapping[str, Any] | None = None,
    model: Any = None,
    features: Sequence[str] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    threshold: float = 0.5,
    output: str | int | None = None,
    profiles: str | Sequence[str] = (),
    checks: Any = "default",
    explain: str | Mapping[str, Any] | Sequence[Any] = (),
    where: Mapping[str, Any] | None = None,
    labels: Mapping[str, str] | None = None,
    title: str | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> AuditResult:
    """Audit decisions, and the model that takes them: who is treated differently, how sure is that, and why.

    Parameters
    ----------
    source : path, or pandas, polars or Arrow table, or Tally
        An audit.yaml, which then says everything; or the table of decisions, one row each; or their counts, as
        `xaikit.tally_stream` leaves them of files larger than memory.
    roles : Roles or mapping
        What each column is for (tables only, as is all that follows).
    model : object, optional
        A `Model` from `load_model`, an `nn.Module`, a fitted scikit-learn estimator or pipeline, or a callable
        `batch → scores`. Without it, the decisions of the table are audited alone.
    features : sequence of str, optional
        Columns in the order that the model takes; by default those without another role.
    groups : mapping of str to sequence of str, optional
        One-hot columns that are one feature.
    threshold : float
        The model decides favourably where its score is at or above it.
    output : str or int, optional
        Which output is the favourable score; needed with more than two.
    profiles : str or sequence of str
        Regimes to judge by: names, or paths of YAML files.
    checks : "default", list of str, or mapping of str to parameters
        What to measure.
    explain : str, mapping, or sequence of them
        Engines to run: "shapley", or {"engine": "shapley", "rows": 200, …}.
    where : mapping, optional
        Audit only rows with these values; the others remain the population for background and flips.
    labels : mapping of str to str, optional
        What people are shown in the report in place of a column's name.
    title : str, optional
        Heading of the report.
    seed : int
        Same inputs, seed and versions give the same numbers.
    progress : callable
        Called with task, done, total.

    Returns
    -------
    AuditResult
        With `verdict`, `findings`, `evidence`, `explanations`, `to_html`, `to_json`.

    Raises
    ------
    SpecError, DataError, ModelError
        With the place, what was got, what was expected, and the nearest name.

    Examples
    --------
    >>> import pandas as pd, xaikit as xk
    >>> frame = pd.DataFrame({"sex": ["f", "m"] * 200, "hired": [0, 1, 1, 1] * 100})
    >>> roles = xk.Roles(decision="hired", favourable=1, sensitive=["sex"])
    >>> result = xk.audit(frame, roles=roles, profiles=["us_ugesp"])
    >>> result.measured("impact_ratio", group="f")[0].value
    0.5
    >>> print(result.verdict)
    FAIL
    """
    if isinstance(source, (str, Path)):
        return _from_file(Path(source), progress, locals())
    profiles = [profiles] if isinstance(profiles, str) else profiles
    if isinstance(source, Tally):
        return audit_tally(source, profiles=profiles, checks=checks, title=title, seed=seed, progress=progress)
    frame = as_frame(source)
    live = as_model(model) if model is not None else None
    columns = _roles(roles)
    name = columns.pop("id", None)
    raw: dict[str, Any] = {
        "title": title or "Audit of decisions",
        "roles": columns,
        "explain": _engines(explain),
        "checks": checks if isinstance(checks, (str, Mapping)) else list(checks),
        "profiles": list(profiles),
        "seed": seed,
    }
    if where or name or labels:
        raw["data"] = {
            "path": "(in memory)",
            "where": dict(where or {}),
            "id": name,
            "labels": dict(labels or {}),
        }
    if live is not None:
        raw["model"] = {
            "adapter": live.card.adapter,
            "threshold": threshold,
            "output": output,
            "features": list(features) if features is not None else None,
            "groups": {k: list(v) for k, v in (groups or {}).items()},
        }
    spec = parse(raw, "xaikit.audit(…)")
    return run(plan(spec, frame=frame, model=live), command="xaikit.audit(…)", progress=progress)


def _from_file(path: Path, progress: Progress, given: Mapping[str, Any]) -> AuditResult:
    extra = [
        k for k in ("roles", "model", "features", "groups", "where", "labels", "title") if given.get(k) is not None
    ]
    if extra:
        raise SpecError("xaikit.audit(…)", f"'{extra[0]}' beside a file", f"{extra[0]} inside {path.name}")
    return audit_file(path, progress=progress)


def audit_file(
    path: Path, *, spec: AuditSpec | None = None, progress: Progress = silent, keep: Kept | None = None
) -> AuditResult:
    """Audit what an audit.yaml asks for; `spec` is given where it has been read already.

    Raises
    ------
    SpecError
        When rows are to be kept that are only counted as they are read.
    """
    spec = spec or from_yaml(path)
    command, own = f"xaikit audit {path.name}", {"audit.yaml": sha256(path)}
    if streams(spec):
        if keep is not None:
            raise SpecError("--keep-rows", "a stream, whose rows are not held", "data.stream: false in audit.yaml")
        found = audit_stream(spec, command=command, hashes=own, progress=progress)
    else:
        planned = plan(spec)
        known = replace(planned, hashes={**planned.hashes, **own})
        found = run(known, command=command, progress=progress, keep=keep)
    return replace(found, spec=portable(found.spec, path.parent))


def _roles(roles: Roles | Mapping[str, Any] | None) -> dict[str, Any]:
    if roles is None:
        return {}
    raw = asdict(roles) if isinstance(roles, Roles) else dict(roles)
    return {k: _as_named(v) if k in COLUMNS else list(v) if isinstance(v, tuple) else v for k, v in raw.items()}


def _engines(explain: str | Mapping[str, Any] | Sequence[Any]) -> list[dict[str, Any]]:
    several = [explain] if isinstance(explain, str | Mapping) else explain
    return [{"engine": e} if isinstance(e, str) else dict(e) for e in several]


def _as_named(names: Any) -> Any:
    """Return the names of columns as the table has them: a number as its text."""
    if isinstance(names, (list, tuple)):
        return [_as_named(name) for name in names]
    return str(names) if isinstance(names, (int, np.integer)) else names
