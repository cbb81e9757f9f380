"""`list`, `schema` and `doctor`: what there is, and whether this machine can run it."""

import importlib.util
import json
import platform
import sys
from importlib import metadata

from xaikit.auditing.spec import json_schema
from xaikit.commands.console import say, table
from xaikit.core import plugin
from xaikit.core.errors import unknown_name
from xaikit.core.schema import result_schema
from xaikit.io.profiles import profile_names, profile_title

NEEDED = (
    *("torch", "captum", "shap", "scikit-learn", "pandas", "fairlearn", "numpy", "scipy", "statsmodels"),
    *("pyarrow", "narwhals", "pydantic", "typer", "rich", "jinja2", "skops"),
)
EXTRAS = {"onnxruntime": "onnx", "transformers": "transformers", "polars": "test", "playwright": "browser"}

SCHEMAS = {"audit": json_schema, "result": result_schema}


def list_(kind: str) -> int:
    """Print the names of plug-ins and profiles, with what each answers."""
    kinds = [*plugin.PACKAGES, "profiles"]
    if kind and kind not in kinds:
        raise unknown_name("xaikit list", "kind", kind, kinds)
    for one in [kind] if kind else kinds:
        if one == "profiles":
            rows = [(name, profile_title(name)) for name in profile_names()]
        else:
            rows = [(name, plugin.summary(one, name)) for name in plugin.names(one)]
        table(rows, one)
    return 0


def schema(of: str) -> int:
    """Print the JSON schema of audit.yaml, or of result.json."""
    if of not in SCHEMAS:
        raise unknown_name("xaikit schema --of", "schema", of, SCHEMAS)
    sys.stdout.write(json.dumps(SCHEMAS[of](), indent=2, ensure_ascii=False) + "\n")
    return 0


def doctor() -> int:
    """Print versions, devices and extras; the exit code is 1 when a dependency is missing."""
    rows = [("python", platform.python_version(), "" if sys.version_info >= (3, 11) else "3.11 or newer is needed")]
    rows += [(name, _version(name), "" if _version(name) else "missing: pip install " + name) for name in NEEDED]
    table(rows, "dependencies", ("bold", "", "red"))
    extras = [
        (name, _version(name), "" if _version(name) else f"optional: pip install 'xaikit[{extra}]'")
        for name, extra in EXTRAS.items()
    ]
    table(extras, "extras", ("bold", "", "dim"))
    table([(name, detail) for name, detail in _devices()], "devices")
    missing = [name for name, version, _ in rows if not version]
    say("✔ everything that is needed is here" if not missing else f"✘ missing: {', '.join(missing)}")
    return 1 if missing else 0


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _devices() -> list[tuple[str, str]]:
    if importlib.util.find_spec("torch") is None:
        return [("none", "torch is not installed")]
    device = plugin.function("xaikit.compute.devices", "resolve")("auto")
    return [("auto", str(device)), ("processors", platform.processor() or platform.machine())]
