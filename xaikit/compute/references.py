"""Names of code that the auditor writes down: `package.module:name`, or `file.py:name` beside the model."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from xaikit.core.errors import ModelError, SpecError, nearest, shown


def named(reference: str, where: str, folder: Path | None = None) -> Any:
    """Return what a reference names; the module is imported, so this runs code that the auditor chose by name.

    Parameters
    ----------
    reference : str
        `package.module:name`, `package.module:Class.method` or `path/file.py:name`.
    where : str
        For errors: "model.factory".
    folder : Path, optional
        To which a relative `file.py` refers; the working folder by default.

    Raises
    ------
    SpecError
        When the reference has no such form, or there is no such module, file or name.
    ModelError
        When the module raises while it is imported.

    Examples
    --------
    >>> named("math:hypot", "model.function")(3, 4)
    5.0
    """
    home, colon, name = str(reference).rpartition(":")
    if not colon or not home or not name:
        raise SpecError(where, shown(reference), "'package.module:name' or 'file.py:name'")
    found: Any = _module(home, where, folder)
    for part in name.split("."):
        if not hasattr(found, part):
            near = nearest(part, dir(found))
            hint = f"Did you mean {shown(near)}?" if near else None
            raise SpecError(where, f"no {shown(part)} in {shown(home)}", "a name that it defines", hint)
        found = getattr(found, part)
    return found


def _module(home: str, where: str, folder: Path | None) -> ModuleType:
    try:
        return _from_file(folder, home, where) if home.endswith(".py") else importlib.import_module(home)
    except ModuleNotFoundError as error:
        if error.name is not None and (home == error.name or home.startswith(f"{error.name}.")):
            hint = "Install it in this environment, or name a file: 'file.py:name'."
            raise SpecError(where, f"no module {shown(error.name)}", "one that can be imported", hint) from None
        raise ModelError(where, f"{home} needs the module {shown(error.name)}", "it to be installed") from error
    except (SpecError, ModelError):
        raise
    except Exception as error:
        got = f"{type(error).__name__}: {shown(str(error), 200)}"
        raise ModelError(where, f"{shown(home)} raises on import, {got}", "a module") from error


def _from_file(folder: Path | None, home: str, where: str) -> ModuleType:
    path = (folder or Path()) / home
    if not path.is_file():
        raise SpecError(where, f"no file {shown(str(path), 200)}", "a Python file")
    spec = importlib.util.spec_from_file_location(f"xaikit_user_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SpecError(where, shown(str(path), 200), "a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickle look their module up by name
    spec.loader.exec_module(module)
    return module
