"""`init`: from a table to a commented audit.yaml that runs."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import typer

from xaikit.auditing.guess import Guess, favourable_of, guess
from xaikit.auditing.models import load_model, recognised
from xaikit.auditing.spec import from_yaml
from xaikit.commands.console import say
from xaikit.core.errors import SpecError, XaikitError, unknown_name
from xaikit.io.files import write_text
from xaikit.io.tables import read_table

TEXT = """\
# Run:  xaikit audit {file}
# Every key that is left out has its default; `xaikit schema` lists them all.
title: {title}
data:
  path: {data}
{id}{where}roles:
{roles}
{model}checks: default            # `xaikit list checks`
profiles: [us_ugesp]       # `xaikit list profiles`: nyc_ll144, eu_ai_act, …
seed: 0
"""


def init(
    data: Path,
    model: Path | None,
    out: Path,
    given: Mapping[str, str],
    sensitive: tuple[str, ...],
    yes: bool,
    force: bool,
) -> int:
    """Write an audit.yaml for a table, asking only what cannot be known, and say why each role was chosen."""
    if out.exists() and not force:
        raise SpecError(str(out), "a file that is there already", "a new name, or --force to replace it")
    frame = read_table(data)
    found = _settled(guess(frame, with_model=model is not None), frame, given, sensitive, yes)
    text = _text(found, frame, data, model, out)
    write_text(out, text)
    from_yaml(out)  # what was written must be readable, before anybody relies on it
    for role, reason in found.reasons.items():
        say(f"  {role}: by {reason}", "dim")
    say(f"{out} is written; next: xaikit audit {out}")
    return 0


def _settled(
    found: Guess, frame: pd.DataFrame, given: Mapping[str, str], sensitive: tuple[str, ...], yes: bool
) -> Guess:
    """Return the guess with what was given in its place, and what is unsure asked for."""
    for name in (*(v for k, v in given.items() if v and k != "favourable"), *sensitive):
        if name not in frame.columns:
            raise unknown_name("xaikit init", "column", name, frame.columns)
    answers: dict[str, Any] = {k: v for k, v in given.items() if v}
    if sensitive:
        answers["sensitive"] = sensitive
    for role in found.unsure:
        if role not in answers and not (role == "decision" and "score" in answers):
            answers[role] = _asked(role, frame, yes, str(found.decision or found.label or ""))
    if isinstance(answers.get("sensitive"), str):
        answers["sensitive"] = tuple(s.strip() for s in answers["sensitive"].split(",") if s.strip())
    reasons = {k: v for k, v in found.reasons.items() if k not in answers and not (sensitive and "sensitive" in k)}
    decision, label = answers.get("decision", found.decision), answers.get("label", found.label)
    outcome = decision or label
    favourable = answers.get("favourable", found.favourable)
    if outcome and ("decision" in answers or "label" in answers) and "favourable" not in answers:
        favourable = favourable_of(frame[outcome], outcome)
        favourable = _asked("favourable", frame, yes, outcome) if favourable is None else favourable
    return Guess(
        decision,
        label,
        answers.get("score", found.score),
        found.id,
        favourable,
        tuple(answers.get("sensitive", found.sensitive)),
        {c: b for c, b in found.bins.items() if c in answers.get("sensitive", found.sensitive)},
        reasons,
    )


def _asked(role: str, frame: pd.DataFrame, yes: bool, outcome: str = "") -> str:
    values = ", ".join(str(v) for v in pd.unique(frame[outcome])[:6]) if outcome else ""
    columns = ", ".join(str(c) for c in frame.columns[:20])
    questions = {
        "decision": f"Which column is the decision? ({columns})",
        "favourable": f"Which value is the favourable one? ({values})",
        "sensitive": f"Which columns are sensitive, joined by commas? ({columns})",
    }
    if yes or not sys.stdin.isatty():
        raise SpecError("xaikit init", f"no answer to: {questions[role]}", f"--{role} VALUE")
    answer: str = typer.prompt(questions[role])
    return answer


def _text(found: Guess, frame: pd.DataFrame, data: Path, model: Path | None, out: Path) -> str:
    roles = []
    if found.decision and model is None:
        roles.append(f"  decision: {_scalar(found.decision)}")
    if found.favourable is not None:
        roles.append(f"  favourable: {_scalar(found.favourable)}   # the value that people hope for")
    if found.label:
        roles.append(f"  label: {_scalar(found.label)}   # ground truth")
    if found.score and model is None:
        roles.append(f"  score: {_scalar(found.score)}   # higher is more favourable")
    roles.append(f"  sensitive: [{', '.join(map(_scalar, found.sensitive))}]")
    if found.bins:
        cut = ", ".join(f"{_scalar(c)}: {b}" for c, b in found.bins.items())
        roles.append(f"  bins: {{{cut}}}   # cut points of sensitive numbers; each belongs to the band above it")
    roles.append("  # control: []       # strata within which groups are compared")
    roles.append("  # legitimate: []    # features declared job-related")
    roles.append("  # contested: []     # features whose job-relatedness is disputed")
    roles.append("  # causes: []        # what shapes what, as you declare it: [sex -> hours, hours -> decision]")
    roles.append("  # measured_at: {}   # before, at or after the decision, by feature")
    return TEXT.format(
        file=out.name,
        title=_scalar(f"Audit of {data.name}"),
        data=_scalar(_relative(data, out)),
        id=f"  id: {_scalar(found.id)}\n" if found.id else "",
        where=_where(found, frame, model),
        roles="\n".join(roles),
        model=_model(found, frame, model, out),
    )


def _where(found: Guess, frame: pd.DataFrame, model: Path | None) -> str:
    """Return the rows to audit, where some have no outcome: those that have one."""
    outcome = found.label if model is not None else found.decision or found.label
    missing = int(frame[outcome].isna().sum()) if outcome else 0
    if not outcome or not missing:
        return ""
    values = ", ".join(_scalar(v.item() if hasattr(v, "item") else v) for v in pd.unique(frame[outcome].dropna()))
    return f"  where: {{{_scalar(outcome)}: [{values}]}}   # the {missing} rows without one are not audited\n"


def _model(found: Guess, frame: pd.DataFrame, model: Path | None, out: Path) -> str:
    if model is None:
        return "model: {adapter: scores, threshold: 0.5}\n" if found.score and not found.decision else ""
    taken = {found.decision, found.label, found.score, found.id, *(set(found.sensitive) - set(found.bins))}
    known = _known(model, frame)
    features = known or [str(c) for c in frame.columns if c not in taken]
    listed = ", ".join(map(_scalar, features))
    told = "as the model names them" if known else "in the order that the model takes them: check this"
    return (
        f"model:\n  adapter: {recognised(model)}\n  path: {_scalar(_relative(model, out))}\n"
        f"  features: [{listed}]   # {told}\n  threshold: 0.5\n"
        "  # trust: true   # only for a file that executes code when it is opened, and that you trust\n"
        "explain:\n  - {engine: shapley, rows: 200}\n"
    )


def _known(model: Path, frame: pd.DataFrame) -> list[str]:
    """Return the columns that a model says it takes; none where it says nothing, or would execute code on opening."""
    try:
        names = getattr(load_model(model), "feature_names", ())
    except XaikitError:
        return []
    return list(names) if names and set(names) <= set(map(str, frame.columns)) else []


def _relative(path: Path, out: Path) -> str:
    here = out.resolve().parent
    there = path.resolve()
    return str(there.relative_to(here)) if there.is_relative_to(here) else str(there)


def _scalar(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)  # JSON scalars are YAML scalars, whatever they hold
