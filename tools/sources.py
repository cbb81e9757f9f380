"""Where the words of a report come from: sentences of its code, texts of profiles, reasons that a result holds."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "xaikit"
RESULT = "result"
PROFILE_TEXTS = ("title", "jurisdiction", "status", "citation", "note", "question")
NAMES = {"because", "why", "method", "note", "notes", "reason", "warnings"}
"""What a reason is called where it is made: an argument, a key, a variable."""
PLACES = {"Evidence": (8,), "Finding": (2,), "Step": (4,), "AbsentError": (1, 2, 3)}
PLACES |= {"note": (1, 2), "gate": (2,), "Opened": (1,)}
REASONERS = {"unfit", "fitting", "overdue", "gate", "side_of"}
EVERY_RETURN = (
    "stats/rungs.py",
    "stats/shapley_plan.py",
    "checks/evidence_of_cause.py",
    "auditing/adverse_impact.py",
)
"""Modules of which whatever a function returns may be a reason."""
INPUTS = (
    *("decisions", "tally", "model", "inputs", "population", "population_frame", "background", "target", "players"),
    *("threshold", "explanations", "explain"),
)
"""What a check asks for, as a reason names it."""
VOCABULARY = (
    "{measure} is {value}: {why}",
    *("the rest", "control", "mediators", "all features together", "all features but itself", "rejected {number}"),
    *("protected", "legitimate", "contested", "suspected proxy", "undeclared"),
    *("theory", "covariation", "precedence", "exclusion", "intervention"),
    *("coalitions", "because", "model_rows", "baseline", "baselines", "candidates", "orders", "steps", "window"),
    *("stride", "layer", "left_out", "repaired", "conformal_bound", "stderr_background", "stderr_sampling"),
    *(
        "direction",
        "flag",
        "{value} ({low} to {high})",
        "output {name}",
        "all outputs",
        "digest",
        "rows",
        "drawn",
        "sample of the population, seed {seed}",
    ),
)
"""Words of checks and engines for what evidence is about, and for what an explanation cost and rests on."""
SHOWS = ("report", "commands", "demo")
DEEP = 40


@dataclass(frozen=True, slots=True)
class Source:
    """A text that a reader may see, and the place where it is written.

    Parameters
    ----------
    english, plural : str
        The text, and its form for a count other than one.
    place : tuple of (str, int)
        File, from the root of the repository, and line.
    context : str
        "" or `RESULT`.
    slots : tuple of (str, str)
        What each slot is called, and what the code fills it with.
    """

    english: str
    plural: str
    place: tuple[str, int]
    context: str = ""
    slots: tuple[tuple[str, str], ...] = ()


def sources() -> Iterator[Source]:
    """Yield every text that a report may show, apart from the data's own."""
    yield from sentences()
    yield from profiles()
    yield from reasons()


def sentences() -> Iterator[Source]:
    """Yield the sentences of the report's code: what stands in `say` and `say_n`.

    Raises
    ------
    ValueError
        For a sentence that is made up at run time, which no translator could see.
    """
    for path in sorted((PACKAGE / "report").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or _name(node.func) not in ("say", "say_n"):
                continue
            given = node.args[:1] if _name(node.func) == "say" else node.args[1:3]
            if not all(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in given):
                raise ValueError(f"{path}:{node.lineno}: a sentence that is made up")
            texts = [a.value for a in given if isinstance(a, ast.Constant)]
            slots = tuple((k.arg, ast.unparse(k.value)) for k in node.keywords if k.arg)
            if texts[0]:
                yield Source(str(texts[0]), str(texts[1]) if len(texts) > 1 else "", _at(path, node), "", slots)


def profiles() -> Iterator[Source]:
    """Yield the texts of the profiles that come with the package."""
    for path in sorted((PACKAGE / "profiles").glob("*.yaml")):
        yield from _texts(yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader), path)


def _texts(node: yaml.Node | None, path: Path) -> Iterator[Source]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(value, yaml.ScalarNode) and key.value in PROFILE_TEXTS and value.value:
                yield Source(value.value, "", (str(path.relative_to(ROOT)), value.start_mark.line + 1))
            yield from _texts(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _texts(item, path)


def reasons() -> Iterator[Source]:
    """Yield the reasons that checks, engines and judges write into a result, with slots where they insert a value."""
    run = ("xaikit/auditing/run.py", 1)
    yield from (Source(name, "", run, RESULT) for name in (*INPUTS, *VOCABULARY))
    error = ("xaikit/core/errors.py", 1)
    yield Source("{where}: got {got}; expected {expected}", "", error, RESULT)
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE)
        if inside.parts[0] not in SHOWS and len(inside.parts) > 1:
            yield from _Module(path, inside.as_posix() in EVERY_RETURN).reasons()


class _Module:
    """Follows the texts of a module to where they become a reason."""

    def __init__(self, path: Path, every_return: bool) -> None:
        self.path, self.tree = path, ast.parse(path.read_text("utf-8"))
        self.every_return = every_return
        self.assigned: dict[str, list[ast.expr]] = {}
        self.returned: dict[str, list[ast.expr]] = {}
        self.parameters: dict[str, list[str]] = {}
        self.found: dict[str, Source] = {}
        self.seen: set[int] = set()
        for node in ast.walk(self.tree):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in {x.id for t in targets for x in ast.walk(t) if isinstance(x, ast.Name)}:
                self.assigned.setdefault(name, []).append(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            self.assigned.setdefault(_name(node.func.value), []).extend(node.args)
        if isinstance(node, ast.ClassDef):
            fields = (b.target for b in node.body if isinstance(b, ast.AnnAssign))
            self.parameters[node.name] = [f.id for f in fields if isinstance(f, ast.Name)]
        if isinstance(node, ast.FunctionDef):
            self.parameters[node.name] = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            inner = ast.walk(node)
            self.returned[node.name] = [r.value for r in inner if isinstance(r, ast.Return) and r.value is not None]

    def reasons(self) -> Iterator[Source]:
        for node in ast.walk(self.tree):
            for start in self._starts(node):
                self._follow(start, 0)
        yield from self.found.values()

    def _starts(self, node: ast.AST) -> Iterator[ast.expr]:
        if isinstance(node, ast.Call):
            yield from (k.value for k in node.keywords if k.arg in NAMES)
            yield from (node.args[i] for i in PLACES.get(_name(node.func), ()) if i < len(node.args))
            named = zip(node.args, self.parameters.get(_name(node.func), ()), strict=False)
            yield from (given for given, name in named if name in NAMES)
            if isinstance(node.func, ast.Attribute) and node.func.attr == "append":
                yield from node.args if _name(node.func.value) in NAMES else ()
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from (v for k, v in pairs if isinstance(k, ast.Constant) and k.value in NAMES)
        elif isinstance(node, ast.Assign):
            names = {x.id for t in node.targets for x in ast.walk(t) if isinstance(x, ast.Name)}
            yield from [node.value] if names & NAMES else []
        elif isinstance(node, ast.FunctionDef) and (self.every_return or node.name in NAMES | REASONERS):
            yield from self.returned[node.name]

    def _follow(self, node: ast.expr, depth: int) -> None:
        if depth > DEEP or id(node) in self.seen:
            return
        self.seen.add(id(node))
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self._keep(_doubled(node.value), node, ())
        elif isinstance(node, ast.JoinedStr):
            self._keep(*self._template(node))
        for inner in self._inside(node):
            self._follow(inner, depth + 1)

    def _inside(self, node: ast.expr) -> list[ast.expr]:  # noqa: C901  one line a kind reads best
        """Return the expressions from which the text of an expression may come."""
        match node:
            case ast.JoinedStr():
                return [v.value for v in node.values if isinstance(v, ast.FormattedValue)]
            case ast.Name():
                return self.assigned.get(node.id, [])
            case ast.IfExp():
                return [node.body, node.orelse]
            case ast.BoolOp():
                return node.values
            case ast.BinOp():
                return [node.left, node.right]
            case ast.Call():
                return self._called(node)
            case ast.Attribute():
                return self.returned.get(node.attr, [])
            case ast.Subscript() | ast.Starred():
                return [node.value]
            case ast.Dict() | ast.Tuple() | ast.List() | ast.Set():
                return node.values if isinstance(node, ast.Dict) else node.elts
            case ast.ListComp() | ast.GeneratorExp():
                return [node.elt]
            case ast.DictComp():
                return [node.value]
        return []

    def _called(self, node: ast.Call) -> list[ast.expr]:
        if isinstance(node.func, ast.Name):
            return node.args if node.func.id in ("tuple", "list", "sorted") else self.returned.get(node.func.id, [])
        if not isinstance(node.func, ast.Attribute):
            return []
        given = node.args[1:] if node.func.attr == "get" else node.args if node.func.attr == "join" else []
        return [node.func.value, *given]

    def _template(self, node: ast.JoinedStr) -> tuple[str, ast.expr, tuple[tuple[str, str], ...]]:
        out, slots = "", dict[str, str]()
        for part in node.values:
            shown = self._constant(part)
            if shown is None and isinstance(part, ast.FormattedValue):
                name = base = _slot(part.value)
                for i in range(2, 20):
                    name = name if name not in slots else f"{base}{i}"
                slots[name] = ast.unparse(part.value)
                out += f"{{{name}}}"
            else:
                out += _doubled(shown or "")
        return out, node, tuple(slots.items())

    def _constant(self, part: ast.expr) -> str | None:
        """Return the text of a part of an f-string that is always the same; None of one that is not."""
        if isinstance(part, ast.Constant):
            return str(part.value)
        named = isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name) and part.value.id.isupper()
        values = self.assigned.get(part.value.id, []) if named else []
        only = values[0] if len(values) == 1 else None
        return str(only.value) if isinstance(only, ast.Constant) else None

    def _keep(self, english: str, node: ast.expr, slots: tuple[tuple[str, str], ...]) -> None:
        if english not in self.found and is_prose(english):
            self.found[english] = Source(english, "", _at(self.path, node), RESULT, slots)


def is_prose(template: str) -> bool:
    """Return whether a text has words to translate: two with a space between, or one beside slots."""
    words = re.findall(r"[A-Za-z][a-z']+", re.sub(r"\{[^}]*\}", "", template))
    enough = 1 if "{" in template and any(len(w) > 3 for w in words) else 2
    return len(words) >= enough and " " in template.strip() and "\n" not in template


def _slot(node: ast.expr) -> str:
    """Return what a slot is called: the last name in the expression that fills it."""
    if isinstance(node, ast.Call) and node.args:
        return _slot(node.args[0])
    if isinstance(node, ast.BoolOp):
        return _slot(node.values[0])
    if isinstance(node, ast.Subscript):
        return _slot(node.value)
    return re.sub(r"\W", "", _name(node)).strip("_") or "value"


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _at(path: Path, node: ast.expr) -> tuple[str, int]:
    return str(path.relative_to(ROOT)), node.lineno
