"""xaikit: an auditing toolkit for machine-learning models and the decisions they take.

Which groups are treated differently, how sure is that, which features carry the gap, is the explanation itself
trustworthy, what would have changed the decision, and what remains unknown.

Importing `xaikit` loads no third-party module; each name below is looked up when it is first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xaikit.auditing.api import audit
    from xaikit.auditing.compare import compare
    from xaikit.auditing.explainer import Explainer
    from xaikit.auditing.explaining import explain
    from xaikit.auditing.models import load_model
    from xaikit.core.decisions import Decisions, Roles
    from xaikit.core.errors import DataError, ModelError, SpecError, TrustError, XaikitError
    from xaikit.core.evidence import Criterion, Evidence, Finding, Profile, Verdict
    from xaikit.core.explanation import Explanation
    from xaikit.core.model import Model, ModelCard
    from xaikit.core.result import AuditResult
    from xaikit.core.target import Target
    from xaikit.io.streams import tally_stream
    from xaikit.stats.tally import Tally

__version__ = "0.1.0"

_HOME = {
    "audit": "xaikit.auditing.api",
    "compare": "xaikit.auditing.compare",
    "explain": "xaikit.auditing.explaining",
    "Explainer": "xaikit.auditing.explainer",
    "load_model": "xaikit.auditing.models",
    "Decisions": "xaikit.core.decisions",
    "Roles": "xaikit.core.decisions",
    "XaikitError": "xaikit.core.errors",
    "DataError": "xaikit.core.errors",
    "ModelError": "xaikit.core.errors",
    "SpecError": "xaikit.core.errors",
    "TrustError": "xaikit.core.errors",
    "Criterion": "xaikit.core.evidence",
    "Evidence": "xaikit.core.evidence",
    "Finding": "xaikit.core.evidence",
    "Profile": "xaikit.core.evidence",
    "Verdict": "xaikit.core.evidence",
    "Explanation": "xaikit.core.explanation",
    "Model": "xaikit.core.model",
    "ModelCard": "xaikit.core.model",
    "AuditResult": "xaikit.core.result",
    "Target": "xaikit.core.target",
    "Tally": "xaikit.stats.tally",
    "tally_stream": "xaikit.io.streams",
}

__all__ = [
    "AuditResult",
    "Criterion",
    "DataError",
    "Decisions",
    "Evidence",
    "Explainer",
    "Explanation",
    "Finding",
    "Model",
    "ModelCard",
    "ModelError",
    "Profile",
    "Roles",
    "SpecError",
    "Tally",
    "Target",
    "TrustError",
    "Verdict",
    "XaikitError",
    "audit",
    "compare",
    "explain",
    "load_model",
    "tally_stream",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'xaikit' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
