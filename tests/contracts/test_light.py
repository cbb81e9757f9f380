"""What must not be loaded: the face and the help are light."""

import json
import subprocess
import sys

import pytest

HEAVY = [
    "torch",
    "captum",
    "shap",
    "sklearn",
    "fairlearn",
    "pandas",
    "numpy",
    "scipy",
    "jinja2",
    "pyarrow",
]


def modules_after(code):
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(shown.stderr.strip().splitlines()[-1]))


def test_import_xaikit_loads_no_third_party_module():
    before = modules_after("pass")
    new = {m.partition(".")[0] for m in modules_after("import xaikit") - before}
    assert new - set(sys.stdlib_module_names) == {"xaikit"}


@pytest.mark.parametrize("arguments", [["--help"], ["audit", "--help"], ["demo", "--help"]])
def test_help_loads_no_heavy_module(arguments):
    run = f"from xaikit.cli import main\ntry:\n    main({arguments!r})\nexcept SystemExit:\n    pass"
    assert not modules_after(run) & set(HEAVY)


def test_an_audit_of_decisions_alone_loads_no_torch():
    code = (
        "import pandas as pd, xaikit as xk\n"
        "f = pd.DataFrame({'s': ['a', 'b'] * 20, 'd': [0, 1] * 20})\n"
        "xk.audit(f, roles=xk.Roles(decision='d', sensitive=['s']), profiles=['us_ugesp'])"
    )
    assert not modules_after(code) & {"torch", "captum", "shap", "fairlearn"}


def test_every_public_name_is_where_the_face_says():
    import xaikit

    for name in xaikit.__all__:
        assert getattr(xaikit, name).__name__ == name
    assert set(xaikit.__all__) <= set(dir(xaikit))
    with pytest.raises(AttributeError, match="no attribute 'audits'"):
        _ = xaikit.audits
