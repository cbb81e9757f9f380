"""The keys of audit.yaml as types: what each is for, what it may hold, and what it is when left out."""

from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

DEFAULT_CHECKS: Final = "default"
Scalar = str | int | float | bool


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class DataSpec(_Strict):
    """Where the decisions are."""

    path: Path = Field(description="CSV, Parquet file or folder, Arrow; relative to this file")
    id: str | None = Field(None, description="Column that names each decision; must be unique")
    where: dict[str, Scalar | list[Scalar]] = Field(
        default_factory=dict,
        description="Audit only rows with these values; the others stay the population, for background and flips",
    )
    labels: dict[str, str] = Field(
        default_factory=dict,
        description="What people are shown in place of a column's name: {yrs_exp: years of experience}",
    )
    stream: bool | Literal["auto"] = Field(
        "auto",
        description="Count rows as they are read, never holding the table: true, false, or auto, which does so for "
        "decisions alone (no model) in files above 512 MB; checks that need the rows are then skipped",
    )


class RolesSpec(_Strict):
    """What each column is for."""

    decision: str | None = Field(None, description="Column of the decision; left out when the model decides")
    favourable: Scalar = Field(1, description="Value of decision and label that is the favourable outcome")
    label: str | None = Field(None, description="Column of the ground truth")
    score: str | None = Field(None, description="Column of a score, higher being more favourable")
    sensitive: list[str] = Field(default_factory=list, description="Sensitive features")
    control: list[str] = Field(default_factory=list, description="Columns that make strata")
    legitimate: list[str] = Field(default_factory=list, description="Features declared job-related")
    contested: list[str] = Field(default_factory=list, description="Features whose job-relatedness is disputed")
    weight: str | None = Field(None, description="Column of row weights")
    cluster: str | None = Field(None, description="Column of dependence between rows: a vacancy, a person")
    measured_at: dict[str, Literal["before", "at", "after"]] = Field(
        default_factory=dict, description="When each feature was measured, relative to the decision"
    )
    causes: list[str | tuple[str, str]] = Field(
        default_factory=list,
        description='The causal graph as declared, edge by edge: "sex -> hours"; "decision" is the decision',
    )
    bins: dict[str, list[float]] = Field(
        default_factory=dict,
        description="Cut points of sensitive features and controls that are numbers: {age: [40]} makes <40 and ≥40",
    )

    @field_validator("sensitive", "control", "legitimate", "contested", "causes", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class ModelSpec(BaseModel):
    """The black box; keys that are not listed here are parameters of its adapter."""

    model_config = ConfigDict(extra="allow", frozen=True)

    adapter: str | None = Field(None, description="`xaikit list adapters`; found by content when left out")
    path: Path | None = Field(None, description="The model's file or folder, relative to this file")
    features: list[str] | None = Field(None, description="Columns in the order that the model takes")
    groups: dict[str, list[str]] = Field(default_factory=dict, description="One-hot columns that are one player")
    scales: dict[str, tuple[float, float]] = Field(
        default_factory=dict,
        description="Features that the model takes rescaled: natural values of 0 and 1, for display",
    )
    threshold: float = Field(0.5, description="Decide favourably where the score is at or above it")
    output: str | int | None = Field(None, description="The output that is the favourable score")
    trust: bool | str = Field(False, description="Open a file that executes code: true, or sha256:…")

    @property
    def parameters(self) -> dict[str, Any]:
        """Keys of the adapter itself."""
        return dict(self.__pydantic_extra__ or {})


class ExplainSpec(BaseModel):
    """One engine and its parameters; keys that are not listed here are parameters of the engine."""

    model_config = ConfigDict(extra="allow", frozen=True)

    engine: str = Field(description="`xaikit list engines`")
    rows: int = Field(200, ge=1, description="How many of the audited rows are explained, drawn with the seed")
    background: int = Field(100, ge=1, description="How many rows of the population are the background")

    @property
    def parameters(self) -> dict[str, Any]:
        """Keys of the engine itself."""
        return dict(self.__pydantic_extra__ or {})


class ReportSpec(_Strict):
    """How the report is written."""

    language: Literal["en", "ko"] = "en"


class AuditSpec(_Strict):
    """An audit, as asked for."""

    title: str = Field("Audit of decisions", description="Heading of the report")
    data: DataSpec | None = None
    roles: RolesSpec = Field(default_factory=lambda: RolesSpec())
    model: ModelSpec | None = Field(None, description="Left out for an audit of decisions alone")
    explain: list[ExplainSpec] = Field(default_factory=list, description="Engines to run, with their parameters")
    checks: Literal["default"] | list[str] | dict[str, dict[str, Any] | None] = Field(
        DEFAULT_CHECKS,
        description="default, or a list of names, or {name: {parameter: value}}; `default: {}` adds the defaults",
    )
    profiles: list[str] = Field(default_factory=list, description="`xaikit list profiles`, or paths of YAML files")
    report: ReportSpec = Field(default_factory=lambda: ReportSpec())
    seed: int = Field(0, ge=0, description="Same inputs, seed and versions give the same numbers")
