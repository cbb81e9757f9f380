"""Where the numbers come from, so that somebody else can make them again."""

import os
import platform
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from xaikit.auditing.plan import Plan
from xaikit.auditing.review_dates import overdue
from xaikit.compute.digests import digest
from xaikit.core.result import Provenance
from xaikit.io.tables import READ_AS

PACKAGES = (
    *("xaikit", "numpy", "pandas", "scipy", "statsmodels"),
    *("torch", "captum", "shap", "scikit-learn", "fairlearn"),
)


def provenance_of(planned: Plan, inputs: Mapping[str, Any], command: str) -> Provenance:
    """Return hashes, versions, seed and the facts of data and model.

    The time is read here, at the edge; `SOURCE_DATE_EPOCH` takes its place where bytes must be reproducible.
    """
    card = planned.model.card if planned.model is not None else None
    hashes = dict(planned.hashes)
    hashes.setdefault("data", digest(planned.frame))
    if card and card.sha256:
        hashes["model"] = card.sha256
    if inputs.get("background") is not None:
        hashes["background"] = digest(inputs["background"])
    model = {"name": card.name, "adapter": card.adapter, **card.detail} if card else {}
    return Provenance(
        created=created(),
        seed=planned.spec.seed,
        command=command,
        hashes=hashes,
        versions=versions(),
        device=str(getattr(planned.model, "device", "cpu")),
        data={
            "rows": len(planned.frame),
            "audited rows": int(planned.audited.sum()),
            "columns": len(planned.frame.columns),
            **({"path": planned.spec.data.path.name} if planned.spec.data else {}),
            **{k: v for k, v in planned.frame.attrs.items() if k == READ_AS},
        },
        model=model,
        notes=(
            *inputs["decisions"].notes,
            *(card.warnings if card else ()),
            *overdue(planned.profiles, created()),
        ),
    )


def created() -> str:
    """Return the time in UTC, or that of `SOURCE_DATE_EPOCH`; ISO 8601."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return now.isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that were used."""
    modules = {"scikit-learn": "sklearn"}
    used = [p for p in PACKAGES if modules.get(p, p) in sys.modules]
    return {"python": platform.python_version(), **{p: metadata.version(p) for p in used}}
