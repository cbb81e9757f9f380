"""Reading regimes from YAML: every key is known, every error names its line."""

from collections.abc import Mapping
from dataclasses import fields
from importlib import util
from pathlib import Path
from typing import Any

import yaml

from xaikit.core.errors import SpecError, shown, unknown_name
from xaikit.core.evidence import Criterion, Profile

RULES: Mapping[str, tuple[str, ...]] = {
    "adverse_impact": ("ratio", "alpha", "power"),
    "bound": ("fail_above", "fail_below", "inconclusive_above", "inconclusive_below", "interval"),
    "proxy": ("auc_above", "share_above", "fail"),
    "reported": (),
    "question": (),
}
NEEDED = {
    "adverse_impact": ("ratio", "alpha"),
    "bound": (),
    "proxy": ("auc_above", "share_above"),
    "reported": (),
    "question": (),
}
PROFILE_KEYS = tuple(f.name for f in fields(Profile))
CRITERION_KEYS = tuple(f.name for f in fields(Criterion) if f.name != "profile")
INHERITED = ("status", "effective", "source", "verified_on")
SOURCES = ("original", "secondary", "memory", "house")


def _folder() -> Path:
    spec = util.find_spec("xaikit.profiles")
    if spec is None or not spec.submodule_search_locations:
        raise SpecError("profiles", "no folder", "the package xaikit.profiles")
    return Path(next(iter(spec.submodule_search_locations)))


def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that come with the package, sorted.

    Examples
    --------
    >>> "us_ugesp" in profile_names()
    True
    """
    return tuple(sorted(p.stem for p in _folder().glob("*.yaml")))


def profile_title(name: str) -> str:
    """Return the title of a profile."""
    return load_profile(name).title


def load_profile(name: str | Path) -> Profile:
    """Return a profile by name, or by the path of a YAML file.

    Raises
    ------
    SpecError
        When there is no such profile, or a key, rule or value in it does not fit; the line is named.
    """
    text = str(name)
    if not text.endswith((".yaml", ".yml")):
        if text not in profile_names():
            raise unknown_name("profiles", "profile", text, profile_names())
        return _read(_folder() / f"{text}.yaml")
    path = Path(text)
    if not path.is_file():
        raise SpecError(
            "profiles", f"{shown(text)}, which is not a file", "a profile's name, or the path of its YAML"
        )
    return _read(path)


def _read(path: Path) -> Profile:
    try:
        node = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise SpecError(f"{path.name}, line {line}", f"YAML that cannot be read ({error.problem})", "YAML") from None
    except (UnicodeDecodeError, yaml.YAMLError):
        raise SpecError(path.name, "a file that is not text", "YAML in UTF-8") from None
    top = _mapping(node, PROFILE_KEYS, path.name, "key")
    given = {k: _text(v, path.name) for k, (v, _) in top.items() if k != "criteria"}
    _require(given, ("id", "title", "citation", "status"), f"{path.name}, line 1")
    _source(given.get("source", ""), f"{path.name}, line {top['source'][1] if 'source' in top else 1}")
    if "criteria" not in top or not isinstance(top["criteria"][0], yaml.SequenceNode):
        raise SpecError(path.name, "no list of criteria", "criteria: a list")
    criteria = tuple(_criterion(n, given, path.name) for n in top["criteria"][0].value)
    _unique(criteria, top["criteria"][0], path.name)
    return Profile(**{k: given.get(k, "") for k in PROFILE_KEYS if k != "criteria"}, criteria=criteria)


def _unique(criteria: tuple[Criterion, ...], node: Any, file: str) -> None:
    seen: set[str] = set()
    for criterion, where in zip(criteria, node.value, strict=True):
        if criterion.id in seen:
            raise SpecError(
                _line(where, file), f"criterion '{criterion.id}' twice", "a different id for every criterion"
            )
        seen.add(criterion.id)


def _criterion(node: Any, profile: Mapping[str, str], file: str) -> Criterion:
    here = _line(node, file)
    found = _mapping(node, CRITERION_KEYS, file, "key of a criterion")
    plain = {k: _text(v, file) for k, (v, _) in found.items() if k not in ("bounds", "about", "min_n")}
    _require(plain, ("id", "title", "rule", "citation"), here)
    rule = plain["rule"]
    if rule not in RULES:
        raise unknown_name(f"{file}, line {found['rule'][1]}", "rule", rule, RULES)
    bounds = _bounds(found["bounds"][0], rule, file) if "bounds" in found else {}
    _require(bounds, NEEDED[rule], f"{here}, bounds")
    if rule == "bound" and not set(bounds) - {"interval"}:
        raise SpecError(here, "no bounds", "bounds: fail_above, fail_below, inconclusive_above or inconclusive_below")
    _require(plain, ("question",) if rule == "question" else ("measure",), here)
    _source(plain.get("source", ""), here)
    about = {}
    if "about" in found:
        pairs = _mapping(found["about"][0], None, file, "key")
        about = {k: _text(v, file) for k, (v, _) in pairs.items()}
    return Criterion(
        **{**{k: profile.get(k, "") for k in INHERITED}, **plain},
        profile=profile["id"],
        bounds=bounds,
        about=about,
        min_n=int(_number(found["min_n"][0], file)) if "min_n" in found else 0,
    )


def _bounds(node: Any, rule: str, file: str) -> dict[str, float]:
    return {k: _number(v, file) for k, (v, _) in _mapping(node, RULES[rule], file, f"bound of rule '{rule}'").items()}


def _mapping(node: Any, keys: tuple[str, ...] | None, file: str, what: str) -> dict[str, tuple[Any, int]]:
    """Return the values and lines of a mapping, each key known and given once."""
    if not isinstance(node, yaml.MappingNode):
        where = file if node is None else _line(node, file)
        raise SpecError(where, "something else", f"keys and values ({', '.join((keys or ())[:6])} …)")
    out: dict[str, tuple[Any, int]] = {}
    for key, value in node.value:
        name = str(key.value)
        if keys is not None and name not in keys:
            raise unknown_name(_line(key, file), what, name, keys)
        if name in out:
            raise SpecError(_line(key, file), f"'{name}' twice", "each key once")
        out[name] = (value, key.start_mark.line + 1)
    return out


def _line(node: Any, file: str) -> str:
    return f"{file}, line {node.start_mark.line + 1}"


def _text(node: Any, file: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise SpecError(_line(node, file), "a list or a mapping", "text")
    return " ".join(str(node.value).split())


def _number(node: Any, file: str) -> float:
    try:
        return float(_text(node, file))
    except ValueError:
        raise SpecError(_line(node, file), shown(str(node.value)), "a number") from None


def _require(given: Mapping[str, object], names: tuple[str, ...], where: str) -> None:
    for name in names:
        if name not in given or given[name] == "":
            raise SpecError(where, f"no '{name}'", f"a value for '{name}'")


def _source(value: str, where: str) -> None:
    if value and value not in SOURCES:
        raise unknown_name(where, "source quality", value, SOURCES)
