"""What this audit does not establish: each line names what is missing here, and what would establish it."""

from collections.abc import Mapping

from xaikit.core.evidence import Verdict
from xaikit.core.result import AuditResult
from xaikit.report import narrative
from xaikit.report.blocks import Block, Column, Heading, Paragraph, Row, Table
from xaikit.report.reading import by_group, declared_roles, features, is_intersection, is_unknown
from xaikit.report.text import Code, Listed, Number, Prose, Text, say, say_n

ORDER = 80
Line = tuple[Text, Text, Text]


def blocks(result: AuditResult) -> list[Block]:
    """Return the block that is never empty."""
    lines = [*_cause(result), *_labels(result), *_time(result), *_people(result), *_evidence(result), *_model(result)]
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
    sensitive = ", ".join(f for f in features(result) if not is_intersection(f)) or say("the attribute")
    control = declared_roles(result).get("control")
    held = Listed(tuple(map(str, control))) if isinstance(control, (list, tuple)) and control else None
    missing: Text = say("No control column is declared: nothing is held constant in the comparison.")
    if held is not None:
        missing = say(
            "Only {control} is held constant; whatever else differs between the groups is not.", control=held
        )
    return [
        (
            say("That {sensitive} causes the gap in the world", sensitive=sensitive),
            missing,
            say(
                "A declared causal graph with its confounders measured, or an experiment that assigns the attribute."
            ),
        ),
        (
            say("Anything about people who never entered the table"),
            say("Who was discouraged, not reached or screened out earlier is not among the rows."),
            say("Counts of each group in the pool that could have applied, and in every earlier step."),
        ),
    ]


def _labels(result: AuditResult) -> list[Line]:
    label = declared_roles(result).get("label")
    if label:
        return [
            (
                say("That the labels in {label} are themselves fair", label=str(label)),
                say("They are taken as the truth; where they record past decisions, they repeat them."),
                say("An outcome measured independently of the decision, or a second rating blind to the attribute."),
            )
        ]
    return [
        (
            say("Whether the gap is job-related: that the selected were the better qualified"),
            say("The table has no label, so no decision can be called right or wrong."),
            say("A column of outcomes under {key}, and a validation of the criteria used.", key=Code("roles.label")),
        )
    ]


def _time(result: AuditResult) -> list[Line]:
    roles = declared_roles(result)
    given = roles.get("measured_at")
    declared = given if isinstance(given, Mapping) else {}
    model = result.spec.get("model") or {}
    used = model.get("features") if isinstance(model, dict) else None
    after = [k for k, v in declared.items() if v == "after"]
    out: list[Line] = []
    if after:
        out.append(
            (
                say("That the model could have been used at the time of the decision"),
                say("Declared as measured after the decision: {columns}.", columns=Listed(tuple(after))),
                say("Leave these columns out, or correct the declaration."),
            )
        )
    undeclared = [f for f in used or () if f not in declared]
    if not declared or undeclared:
        missing: Text = say("No column declares when it was measured.")
        if declared and undeclared:
            missing = say_n(
                len(undeclared), "{count} feature does not declare it.", "{count} features do not declare it."
            )
        out.append(
            (
                say("That the inputs were known before the decision"),
                missing,
                say("{key} for every feature: before, at or after the decision.", key=Code("roles.measured_at")),
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
    short = [f for f in result.findings if f.verdict is Verdict.INCONCLUSIVE and f.about.get("group")]
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
