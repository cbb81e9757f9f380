"""Write the pages of the reference that the code itself knows: plug-ins, audit.yaml, measures, commands.

`make docs` runs it before the site is built; the pages are not kept in git, so that a new file in `engines/` or
`checks/` shows up by itself. Python objects are left to mkdocstrings (`reference/python.md`).
"""

import importlib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import typer
from griffe import Docstring, DocstringSectionKind

from xaikit.auditing.spec import json_schema
from xaikit.auditing.spec_types import ModelSpec
from xaikit.cli import app
from xaikit.core import plugin
from xaikit.core.result import SCHEMA_VERSION
from xaikit.core.schema import result_schema
from xaikit.io.profiles import RULES, load_profile, profile_names
from xaikit.report.measures import MEASURES

FOLDER = Path(__file__).parent / "reference"
GIVEN = {
    "adapters": "Keys of `model:` in audit.yaml, beside [the common ones](audit-yaml.md#model), or keyword arguments "
    "of `xaikit.load_model`.",
    "engines": "Keys of a step of `explain:` in audit.yaml, beside `engine`, `rows` and `background`, or keyword "
    "arguments of `xaikit.explain`. What a model must be able to do stands under *Needs*.",
    "checks": "Run by `checks: default`, unless one has a parameter without a default: such a check runs only when "
    "it is named. *Needs* is what the audit hands over; where that is absent, the check is skipped and says so.",
    "sections": "The parts of a report. A section shows what was measured and computes nothing; one that has nothing "
    "to show is left out.",
}
OPEN = {"rng": "", "progress": "", "result": ""}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; empty when there are no rows."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines]) + "\n"


def plain(annotation: Any) -> str:
    """Return a type as people write it: `int ≥ 2 or "auto"`."""
    text = inspect.formatannotation(annotation)
    for pattern, word in (
        (r"typing\.|collections\.abc\.|pathlib\.|xaikit\.core\.\w+\.", ""),
        (r"Annotated\[(\w+), FieldInfo\(.*?metadata=\[(.*?)\]\)\]", r"\1 \2"),
        (r"(\w) (\w+)\(\w+=([\d.]+)\)(?:, (\w+)\(\w+=([\d.]+)\))?", _bounds),
        (r"Literal\[([^\]]*)\]", lambda m: m[1].replace("'", '"').replace(", ", " or ")),
        (r"Union\[(.*)\]$", lambda m: m[1].replace(", ", " or ")),
        (r"Optional\[(.*)\]$", r"\1 or None"),
        (r" \| ", " or "),
    ):
        text = re.sub(pattern, word, text)
    return text


def _bounds(m: re.Match[str]) -> str:
    signs = {"Ge": "≥", "Gt": ">", "Le": "≤", "Lt": "<"}
    pairs = [(m[2], m[3]), (m[4], m[5])]
    return m[1] + " " + ", ".join(f"{signs[s]} {v}" for s, v in pairs if s in signs)


def described(text: str) -> str:
    """Return prose of a docstring with its interpreted names as code."""
    return re.sub(r"``([^`]+)``", r"`\1`", text).strip()


def documented(function: Any) -> dict[str, Any]:
    """Return the sections of a numpydoc docstring: text, parameters by name, results, raises, references."""
    sections = Docstring(inspect.getdoc(function) or "", parser="numpy").parse(warnings=False)
    out: dict[str, Any] = {"text": "", "parameters": {}, "results": [], "raises": [], "notes": []}
    kinds = DocstringSectionKind
    for s in sections:
        if s.kind is kinds.text:
            out["text"] += s.value + "\n\n"
        elif s.kind in (kinds.parameters, kinds.other_parameters):
            each = [(name, p.description) for p in s.value for name in p.name.split(", ")]
            out["parameters"] |= {name: " ".join(text.split()) for name, text in each}
        elif s.kind in (kinds.returns, kinds.yields):
            out["results"] += [" ".join(r.description.split()) for r in s.value]
        elif s.kind is kinds.raises:
            out["raises"] += [f"`{r.annotation}`: {' '.join(r.description.split())}" for r in s.value]
        elif s.kind is kinds.admonition:
            out["notes"].append((s.title or s.value.kind, s.value.description))
    return out


def entry(kind: str, name: str) -> str:
    """Return one plug-in in Markdown: question, needs, parameters, results, references."""
    found = plugin.load(kind, name)
    told = documented(found.function)
    parts = [f"## {name}\n", f"**{described(plugin.summary(kind, name))}**\n", described(told["text"]) + "\n"]
    parts.append(_needs(found))
    rows = [
        (
            f"`{p}`",
            f"`{plain(found.annotations[p])}`",
            "required" if q.default is inspect.Parameter.empty else f"`{q.default!r}`",
            described(_elsewhere(found, p, told["parameters"].get(p, ""))),
        )
        for p, q in found.parameters.items()
    ]
    parts.append(table(("Parameter", "Type", "Default", "What it is"), rows))
    parts += [f"*Gives:* {described(r)}\n" for r in told["results"] if r]
    parts += [f"*Raises* {described(r)}\n" for r in told["raises"]]
    parts += [f"*{title.capitalize()}:* {' '.join(text.split())}\n" for title, text in told["notes"]]
    return "\n".join(p for p in parts if p)


def _elsewhere(found: plugin.Plugin, parameter: str, text: str) -> str:
    """Return what a parameter is; where that says "As in `X`", what X says of it."""
    named = re.match(r"As in `([\w.]+)`(?:[.;,]\s*(.*))?$", text)
    if not named:
        return text
    module, _, name = named[1].rpartition(".")
    home = importlib.import_module(module) if module else inspect.getmodule(found.function)
    there = documented(getattr(home, name, None))["parameters"].get(parameter)
    return " ".join(filter(None, (there, named[2]))) if there else text


def _needs(found: plugin.Plugin) -> str:
    asked = [i for i in found.inputs if i not in OPEN]
    if not asked:
        return ""
    names = []
    for i in asked:
        wanted = found.capability if i == "model" else None
        shape = f" ({wanted.__name__})" if isinstance(wanted, type) and wanted.__name__ != "Model" else ""
        names.append(f"`{i}`{shape}" + (" if there" if i in found.optional else ""))
    return f"*Needs:* {', '.join(names)}.\n"


def plugins(kind: str) -> str:
    """Return the page of one kind of plug-in."""
    names = plugin.names(kind)
    overview = table(
        (kind.capitalize().removesuffix("s"), "What it answers"),
        [(f"[{n}](#{n})", described(plugin.summary(kind, n))) for n in names],
    )
    head = f"# {kind.capitalize()}\n\n{GIVEN[kind]}\n\n{overview}\n"
    return head + "\n".join(entry(kind, n) for n in names)


def profiles() -> str:
    """Return the page of regulation profiles."""
    parts = [
        "# Profiles\n",
        "A profile is a regime as dated data: `profiles: [name]` in audit.yaml. Each criterion names what it reads, "
        "by which rule it judges, and the text it rests on. *Source* says how that text was read: `original`, "
        "`secondary`, from `memory`, or a rule of this `house`. Nothing here is legal advice.\n",
    ]
    for name in profile_names():
        p = load_profile(name)
        parts.append(f"## {name}\n\n**{p.title}**\n")
        facts = [p.jurisdiction, p.status, f"effective {p.effective}", p.citation, f"source: {p.source}"]
        parts.append(
            f"{'; '.join(f for f in facts if f)}; read on {p.verified_on}, to be read again by {p.review_by}.\n"
        )
        parts.append(p.note + "\n")
        rows = [(f"`{c.id}`", c.title, c.rule, f"`{c.measure}`" if c.measure else "", c.citation) for c in p.criteria]
        parts.append(table(("Criterion", "What is asked", "Rule", "Reads", "Citation"), rows))
    return "\n".join(parts)


def measures() -> str:
    """Return the page of evidence measures: words, unit, who measures it, who judges it."""
    checks = {n: _source(n) for n in plugin.names("checks")}
    judged: dict[str, list[str]] = {}
    for name in profile_names():
        for c in load_profile(name).criteria:
            if c.measure:
                judged.setdefault(c.measure, []).append(f"`{c.id}`")
    rows = []
    for measure in sorted({*MEASURES, *judged}):
        words, kind = MEASURES.get(measure, (None, ""))
        by = [f"[{n}](checks.md#{n})" for n, text in checks.items() if re.search(rf"[\"`]{measure}[\"`]", text)]
        name = words.template if words else measure.replace("_", " ")
        rows.append((f"`{measure}`", name, kind, ", ".join(by), ", ".join(judged.get(measure, []))))
    return (
        "# Measures\n\nThe names in `Evidence.measure`, as `result.measured(name)` takes them. *Printed as* is how "
        "the report writes the number. A measure that no profile reads is measured and shown; nobody judges it.\n\n"
        + table(("Measure", "In words", "Printed as", "Measured by", "Judged by"), rows)
    )


def _source(check: str) -> str:
    return inspect.getsource(inspect.getmodule(plugin.load("checks", check).function))  # type: ignore[arg-type]


def result_json() -> str:
    """Return the page of result.json, from its JSON schema."""
    schema = result_schema()
    parts = [
        f"# result.json\n\nVersion {SCHEMA_VERSION}. `xaikit schema --of result` prints its JSON schema. A newer "
        "xaikit reads results of older versions. The same object is embedded in every report.\n",
        "## Top level\n",
        _keys(schema["properties"], schema.get("required", ())),
    ]
    for name, definition in schema["$defs"].items():
        parts += [f"## {name.lower()}\n", definition.get("description", "") + "\n"]
        parts.append(_keys(definition.get("properties", {}), definition.get("required", ())))
    return "\n".join(parts)


def audit_yaml() -> str:
    """Return the page of audit.yaml, from its JSON schema."""
    schema = json_schema()
    parts = [
        "# audit.yaml\n",
        "Written from the JSON schema, which `xaikit schema` prints. A key that is not here is an error, and the "
        "error names the line and the nearest right word.\n",
        "## Top level\n",
        _keys(schema["properties"], schema.get("required", ())),
    ]
    for name, definition in schema["$defs"].items():
        parts += [f"## {name.removesuffix('Spec').lower()}\n", definition.get("description", "") + "\n"]
        parts.append(_keys(definition["properties"], definition.get("required", ())))
        if name in ("ModelSpec", "ExplainSpec"):
            kind = "adapters" if name == "ModelSpec" else "engines"
            parts.append(f"Any other key is a parameter of [the {kind.removesuffix('s')}]({kind}.md).\n")
    assert "adapter" in ModelSpec.model_fields
    rules = [(f"`{name}`", ", ".join(f"`{b}`" for b in bounds)) for name, bounds in RULES.items()]
    return "\n".join(parts) + "\n## Rules of a profile\n\n" + table(("Rule", "Bounds it takes"), rules)


def _keys(properties: dict[str, Any], required: Iterable[str]) -> str:
    rows = []
    for key, p in properties.items():
        default = "required" if key in required else f"`{p['default']!r}`" if "default" in p else ""
        rows.append((f"`{key}`", _type(p), default.replace("None", "none"), described(p.get("description", ""))))
    return table(("Key", "Type", "Default", "What it is"), rows)


def _type(p: dict[str, Any]) -> str:
    if "$ref" in p:
        part = p["$ref"].rpartition("/")[2].removesuffix("Spec").lower()
        return f"[{part}](#{part})"
    if "anyOf" in p:
        return " or ".join(t for t in map(_type, p["anyOf"]) if t != "null")
    if "enum" in p:
        return " or ".join(f"`{v}`" for v in p["enum"])
    if "const" in p:
        return f"`{p['const']}`"
    if p.get("type") == "array":
        inner = _type(p["items"]) if "items" in p else "value"
        return f"list of {inner}"
    if p.get("type") == "object":
        return "mapping"
    return str(p.get("type", "any"))


def command_line() -> str:
    """Return the page of the commands, from what they say of themselves."""
    group = typer.main.get_command(app)
    parts = ["# Command line\n", "`xaikit COMMAND --help` says the same. Exit codes: [exit codes](exit-codes.md).\n"]
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        parts += [f"## xaikit {name}\n", described(inspect.cleandoc(command.help or "")) + "\n"]
        parts.append(table(("Argument or option", "What it is"), _options(command)))
    return "\n".join(parts)


def _options(command: click.Command) -> Iterator[tuple[str, str]]:
    for p in command.params:
        opts = [*p.opts, *p.secondary_opts] if p.param_type_name == "option" else [p.name.upper()]
        text = getattr(p, "help", "") or ""
        yield ", ".join(f"`{o}`" for o in opts), text + (" Required." if p.required else "")


PAGES = {
    **{f"{kind}.md": (plugins, kind) for kind in plugin.PACKAGES},
    "profiles.md": (profiles,),
    "measures.md": (measures,),
    "audit-yaml.md": (audit_yaml,),
    "result-json.md": (result_json,),
    "command-line.md": (command_line,),
}


def main() -> None:
    """Write every page."""
    for name, (write, *arguments) in PAGES.items():
        (FOLDER / name).write_text(write(*arguments).rstrip() + "\n", "utf-8")
    sys.stdout.write(
        f"{len(PAGES)} pages in {FOLDER.relative_to(Path.cwd())}\n" if FOLDER.is_relative_to(Path.cwd()) else ""
    )


if __name__ == "__main__":
    main()
