"""The configuration as it stands in a result: paths as seen from audit.yaml, not from the root of a machine."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def portable(spec: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a plain configuration with its paths relative to the folder of its audit.yaml.

    The same audit then leaves the same result on every machine, and a report tells nobody where somebody's files lie.

    Parameters
    ----------
    spec : mapping
        As `AuditSpec.model_dump` gives it, with absolute paths.
    folder : Path
        Of the audit.yaml.

    Examples
    --------
    >>> portable({"data": {"path": "/home/kim/audit/d.csv"}, "profiles": ["us_ugesp"]}, Path("/home/kim/audit"))
    {'data': {'path': 'd.csv'}, 'profiles': ['us_ugesp']}
    """
    out = dict(spec)
    for part in ("data", "model"):
        given = out.get(part)
        if given and given.get("path"):
            out[part] = {**given, "path": _seen_from(folder, given["path"])}
    if out.get("profiles"):
        out["profiles"] = [_seen_from(folder, p) for p in out["profiles"]]
    return out


def _seen_from(folder: Path, path: str) -> str:
    if not Path(path).is_absolute():
        return path
    try:
        return Path(os.path.relpath(path, folder.resolve())).as_posix()
    except ValueError:  # another drive, on Windows
        return Path(path).name
