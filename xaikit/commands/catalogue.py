"""`list`, `schema` and `doctor`: what there is, and whether this machine can run it."""

import importlib.util
import json
import os
import platform
import re
import sys
from importlib import metadata

from xaikit.auditing.spec import json_schema
from xaikit.commands.console import say, table
from xaikit.core import plugin
from xaikit.core.errors import XaikitError, unknown_name
from xaikit.core.schema import result_schema
from xaikit.io import chromium
from xaikit.io.profiles import profile_names, profile_title

REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?\s*(?:>=\s*([\d.]+))?[^;]*(?:;.*extra\s*==\s*['\"]([\w-]+)['\"])?")
OURS = ("test", "browser", "docs")
"""Extras of those who change xaikit; those who use it need none of them."""

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
    """Print versions, devices, extras and tools; the exit code is 1 when a dependency is missing or too old."""
    needed, extras = _requirements()
    rows = [("python", platform.python_version(), "" if sys.version_info >= (3, 11) else "3.11 or newer is needed")]
    rows += [(name, _version(name), _amiss(name, least, f"pip install {name}")) for name, least, _ in needed]
    table(rows, "dependencies", ("bold", "", "red"))
    optional = [(n, _version(n), _amiss(n, least, f"pip install 'xaikit[{extra}]'")) for n, least, extra in extras]
    table(optional, "extras", ("bold", "", "dim"))
    table(_tools(), "tools", ("bold", "", "dim"))
    table(_devices(), "devices")
    brought = _brought()
    if brought:
        table(brought, "plug-ins of other packages", ("bold", "", "red"))
    amiss = [name for name, _, what in rows if what]
    say("✔ everything that is needed is here" if not amiss else f"✘ missing or too old: {', '.join(amiss)}")
    return 1 if amiss else 0


def _requirements() -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Return name, least version and extra of what xaikit needs, and of what it can use."""
    found = [m for r in metadata.requires("xaikit") or () if (m := REQUIREMENT.match(r)) and m[1] != "xaikit"]
    told = [(m[1], m[2] or "", m[3] or "") for m in found]
    return [t for t in told if not t[2]], [t for t in told if t[2] and t[2] not in OURS]


def _amiss(name: str, least: str, command: str) -> str:
    """Return what is wrong with a package, and the command that helps; nothing where it will do."""
    version = _version(name)
    if not version:
        return f"not installed: {command}"
    return f"older than {least}: {command}" if _numbers(version) < _numbers(least) else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version)[:3])


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _tools() -> list[tuple[str, str, str]]:
    browser = chromium.found()
    return [("browser", browser or "", "" if browser else "no Chromium or Chrome: `xaikit export --pdf` needs one")]


def _brought() -> list[tuple[str, str, str]]:
    """Return the plug-ins of other packages, and what keeps each from being used."""
    found = [(kind, name) for kind in plugin.PACKAGES for name in plugin.names(kind)]
    return [(name, kind, _broken(kind, name)) for kind, name in found if not plugin.is_ours(kind, name)]


def _broken(kind: str, name: str) -> str:
    try:
        plugin.load(kind, name)
    except XaikitError as error:
        return str(error)
    return ""


def _devices() -> list[tuple[str, str]]:
    if importlib.util.find_spec("torch") is None:
        return [("none", "torch is not installed")]
    of = "xaikit.compute.devices"
    resolve, describe = plugin.function(of, "resolve"), plugin.function(of, "describe")
    here = ", ".join(describe(resolve(kind)) for kind in plugin.function(of, "available")())
    processors = f"{os.cpu_count()} × {platform.processor() or platform.machine()}"
    return [("auto", str(resolve("auto"))), ("here", here), ("processors", processors)]
