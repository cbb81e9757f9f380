"""References to code: found, or a clear error with the nearest name."""

import pytest

from xaikit.compute.references import named
from xaikit.core.errors import ModelError, SpecError


def test_modules_files_and_dotted_names(tmp_path):
    (tmp_path / "net.py").write_text("class Net:\n    @staticmethod\n    def make():\n        return 7\n")
    assert named("json:dumps", "f")([1]) == "[1]"
    assert named("net.py:Net.make", "f", tmp_path)() == 7


@pytest.mark.parametrize("reference", ["json.dumps", "json:", ":dumps", ""])
def test_the_form_is_said(reference):
    with pytest.raises(SpecError, match=r"'package\.module:name' or 'file\.py:name'"):
        named(reference, "model.factory")


def test_what_is_not_there(tmp_path):
    with pytest.raises(SpecError, match="Did you mean 'dumps'"):
        named("json:dmups", "f")
    with pytest.raises(SpecError, match="no module 'no_such_package_xyz'"):
        named("no_such_package_xyz.inner:f", "f")
    with pytest.raises(SpecError, match="no file"):
        named("none.py:f", "f", tmp_path)


def test_a_module_that_breaks_on_import_is_named(tmp_path):
    (tmp_path / "broken.py").write_text("1 / 0\n")
    with pytest.raises(ModelError, match="ZeroDivisionError"):
        named("broken.py:f", "f", tmp_path)
    (tmp_path / "needs.py").write_text("import no_such_package_xyz\n")
    with pytest.raises(ModelError, match="needs the module 'no_such_package_xyz'"):
        named("needs.py:f", "f", tmp_path)
