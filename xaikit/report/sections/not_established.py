"""What this audit does not establish: each line names what is missing here, and what would establish it."""

from dataclasses import replace

from xaikit.core.evidence import Evidence, Verdict
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Column, Heading, Paragraph, Row, Table
from xaikit.report.grounds import Line, fair_grounds, labels, times
from xaikit.report.reading import beyond_chance, by_group, declared_roles, features, is_intersection, is_unknown
from xaikit.report.text import Code, Listed, Number, Prose, Text, say, say_n

ORDER = 80


def blocks(result: AuditResult) -> list[Block]:
    """Return the block that is never empty."""
    lines = [
        *(*_cause(result), *labels(result), *fair_grounds(result), *times(result)),
        *(*_people(result), *_evidence(result), *_model(result)),
    ]
    columns = (
        Column(say("not established"), numeric=False),
        Column(say("what is missing here"), numeric=False),
        Column(say("what would establish it"), numeric=False),
    )
    rows = tuple(Row(line) for line in lines)
    lead = say_n(
        len(lines),
        "{count} thing that a reader might take from this report, and must not.",
        "{count} things that a reader might take from this report, and must not.",
    )
    return [
        Heading(2, say("Not established"), "not-established"),
        Paragraph(lead, "lead"),
        Table(say("Not established by this audit"), columns, rows, name="not-established", quiet=True),
    ]


def _cause(result: AuditResult) -> list[Line]:
    single = [f for f in features(result) if not is_intersection(f)]
    missing: list[tuple[Text, list[str]]] = []
    for feature in single:
        held = _held(result, feature)
        same = next((concerned for text, concerned in missing if text == held), None)
        if same is None:
            missing.append((held, [feature]))
        else:
            same.append(feature)
    return [
        *(_world(Listed(tuple(concerned)), text) for text, concerned in missing),
        *([] if single else [_world(say("the attribute"), _held(result, ""))]),
        *_rungs(result),
        *_hidden(result),
        (
            say("Anything about people who never entered the table"),
            say("Who was discouraged, not reached or screened out earlier is not among the rows."),
            say("Counts of each group in the pool that could have applied, and in every earlier step."),
        ),
    ]


def _world(sensitive: Text, missing: Text) -> Line:
    return (
        say("That {sensitive} causes the gap in the world", sensitive=sensitive),
        missing,
        say("A declared causal graph with its confounders measured, or an experiment that assigns the attribute."),
    )


def _held(result: AuditResult, feature: str) -> Text:
    """Return what is held constant, and by whose word."""
    places = result.measured("declared_place", sensitive=feature)
    if places:
        early = dict.fromkeys(e.about["feature"] for e in places if e.detail.get("place") == "confounder")
        if early:
            return say(
                "Under the declared graph {confounders} is held constant; what the graph leaves out is not.",
                confounders=Listed(tuple(early)),
            )
        return say("The declared graph has no confounder: nothing is held constant, and what it leaves out is not.")
    control = declared_roles(result).get("control")
    if isinstance(control, (list, tuple)) and control:
        return say(
            "Only {control} is held constant; whatever else differs between the groups is not.",
            control=Listed(tuple(control)),
        )
    return say("No control column is declared: nothing is held constant in the comparison.")


def _rungs(result: AuditResult) -> list[Line]:
    """Return the conditions of cause for which nothing was declared, each once, with the attributes it concerns."""
    words = {
        "theory": (
            say("Why {sensitive} would matter to the decision"),
            say("No mechanism is declared, so that a gap found by search looks like one that was foretold."),
            say("{key}, written before the audit.", key=Code("checks.evidence_of_cause.theory")),
        ),
        "precedence": (
            say("That {sensitive} came before the decision"),
            say("When it was recorded is not declared; what is written down afterwards can follow the decision."),
            say("{key}, or columns with both times.", key=Code("roles.measured_at")),
        ),
    }
    out: list[Line] = []
    for rung, (claim, missing, would) in words.items():
        low = [e for e in result.measured("cause_rung", rung=rung) if e.value == 0 and "is declared" in _plain(e)]
        concerned = tuple(dict.fromkeys(e.about["sensitive"] for e in low))
        if concerned:
            out.append((replace(claim, slots={"sensitive": Listed(concerned)}), missing, would))
    return out


def _plain(e: Evidence) -> str:
    return e.because.replace("is not declared", "is declared")


def _hidden(result: AuditResult) -> list[Line]:
    """Return how strong a hidden cause would undo each adjusted gap that stands."""
    standing = [e for e in result.measured("cause_rung", rung="exclusion") if e.value == 1]
    out: list[Line] = []
    for rung in standing:
        here = {"sensitive": rung.about["sensitive"], "group": rung.about["group"]}
        found = [
            e
            for e in result.measured("robustness_value", **here)
            if e.about.get("adjusted_for") in ("control", "confounders") and e.value is not None
        ]
        if found:
            weakest = min(found, key=lambda e: e.value or 0.0)
            share = Number(weakest.value, "percent", weakest.id)
            out.append(
                (
                    say(
                        "That nothing unmeasured lies behind the adjusted gap of {group}",
                        group=narrative.joined(here["group"]),
                    ),
                    say(
                        "What explains {share} of what is left of both attribute and decision would undo it.",
                        share=share,
                    ),
                    say("The likeliest such things measured, and held equal."),
                )
            )
    return out


def _people(result: AuditResult) -> list[Line]:
    out: list[Line] = []
    for feature in features(result):
        for group, e in by_group(result, "selection_rate", feature).items():
            if is_unknown(group) and not is_intersection(feature) and e.n:
                out.append(
                    (
                        say("The true rates by {feature}", feature=feature),
                        say_n(
                            e.n, "{count} row has no {feature}.", "{count} rows have no {feature}.", feature=feature
                        ),
                        say("Ask for it, voluntarily and apart from the decision; until then read the bounds."),
                    )
                )
    roles = declared_roles(result)
    if not roles.get("cluster"):
        out.append(
            (
                say("That the rows are independent"),
                say("No cluster is declared. Rows that belong to one person or vacancy make intervals too narrow."),
                say("{key}, where rows belong together.", key=Code("roles.cluster")),
            )
        )
    return out


def _evidence(result: AuditResult) -> list[Line]:
    open_ = (f for f in result.findings if f.verdict is Verdict.INCONCLUSIVE and f.about.get("group"))
    short = [f for f in open_ if not beyond_chance(f)]
    groups = tuple(dict.fromkeys(narrative.joined(f.about["group"]) for f in short))
    out: list[Line] = []
    if groups:
        shown: Text = Listed(groups[:6])
        if len(groups) > 6:
            shown = say("{groups} and {n} more", groups=shown, n=Number(len(groups) - 6, "count"))
        out.append(
            (
                say_n(
                    len(groups),
                    "Whether {count} group is treated differently: {groups}",
                    "Whether {count} groups are treated differently: {groups}",
                    groups=shown,
                ),
                say("The evidence allows no verdict in either direction; Findings says why for each."),
                say("More decisions, or periods pooled; Who was audited says how large a gap would be noticed."),
            )
        )
    for step in result.steps:
        if step.status == "failed":  # what was skipped for want of a model or a column stands under Method
            out.append(
                (
                    say("What {step} would have measured", step=step.name),
                    say("It failed: {because}", because=Prose(step.because or "–")),
                    say("Repair the cause and run the audit again."),
                )
            )
    return out


def _model(result: AuditResult) -> list[Line]:
    if not result.provenance.model:
        return [
            (
                say("What the decisions were based on"),
                say("No model was audited, only the decisions that were taken."),
                say("The model, or the documented criteria with the inputs that each decision saw."),
            )
        ]
    out: list[Line] = [
        (
            say("That a feature with a high attribution caused anything"),
            say("Attributions are associations inside this model, against this background."),
            say("An intervention on that input in the world, or a declared causal graph."),
        )
    ]
    if not result.explanations:
        out.append(
            (
                say("What the model goes by"),
                say("No engine explained it."),
                say("An engine under {key} in audit.yaml.", key=Code("explain")),
            )
        )
    for name, e in result.explanations.items():
        if e.converged is not None and not e.converged.all():
            missed = int((~e.converged).sum())
            out.append(
                (
                    say("The exact values of explanation “{name}”", name=name),
                    say_n(missed, "{count} value did not converge.", "{count} values did not converge."),
                    say("A larger {key} for the engine.", key=Code("budget")),
                )
            )
    return out
