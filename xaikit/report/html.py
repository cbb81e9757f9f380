"""From a result to one HTML page: no network, nothing unescaped, the same bytes for the same result."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from xaikit.core import codec
from xaikit.core.result import AuditResult
from xaikit.report.blocks import Block, Heading, Opening
from xaikit.report.labels import labelled
from xaikit.report.language import Language, linked
from xaikit.report.languages import language, named
from xaikit.report.outline import outline
from xaikit.report.text import Text, clean
from xaikit.report.writer import Writer

GENERATOR = "xaikit report 2"
"""Changes with the page's form, so that a verifier knows which renderer made it."""


KEPT = ("measure", "value", "about", "verdict", "because")
EMPTY: tuple[Any, ...] = ("", {}, [])
HATCH = (
    '<svg width="0" height="0" aria-hidden="true" focusable="false"><defs><pattern id="hatch" width="7" height="7" '
    'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7"/><path d="M0 0V7"/>'
    "</pattern></defs></svg>"
)
"""The pattern of what is missing; one for the whole page."""


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page: its anchor, its name in the contents, its blocks."""

    anchor: str
    heading: Text
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Page:
    """What the template of the page is filled with."""

    title: str
    heading: str
    generator: str
    policy: str
    style: Markup
    script: Markup
    opening: list[Block]
    sections: list[Section]
    data: Markup
    hatch: Markup
    digest: str
    result_digest: str


def render(result: AuditResult, code: str | None = None) -> str:
    """Return the report of a result as one self-contained HTML page.

    Parameters
    ----------
    result : AuditResult
        What was found; `spec["report"]["language"]` chooses the language.
    code : str, optional
        Another language. The result inside stays as it is: one result, and a page of it in each language.

    Returns
    -------
    str
        Same result, same text. No clock, no network, no random state; the whole result is inside as JSON.

    Raises
    ------
    SpecError
        For a language that there is no catalogue of.
    """
    file = digest_of(codec.dumps(result))
    spoken = named(code) if code is not None else language(result)
    return document(result.title, outline(labelled(result)), embedded(result), file, spoken)


def document(title: str, parts: list[list[Block]], data: str, file_digest: str, spoken: Language) -> str:
    """Return a self-contained page: sections of blocks, and the data that they show.

    Parameters
    ----------
    title : str
        Heading of the page.
    parts : list of list of Block
        Its sections; one that begins with an `Opening` stands first.
    data : str
        JSON that can stand in a script element.
    file_digest : str
        SHA-256 of the file that holds the same data.
    spoken : Language
        In which it is written.
    """
    opening, sections = _parts(parts)
    style, script = _asset("report.css"), _script()
    page = Page(
        title=clean(title, 120),
        heading=clean(title, 400),
        generator=GENERATOR,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        opening=opening,
        sections=sections,
        data=Markup(data),
        hatch=Markup(HATCH),
        digest=digest_of(data),
        result_digest=file_digest,
    )
    html = _environment().get_template("page.html").render(page=page, w=Writer(spoken))
    lines = (line.strip() if not line.startswith(" ") else line for line in html.lstrip().split("\n"))
    return linked("\n".join(line for line in lines if line.strip()) + "\n")


def fragment(blocks: list[Block], writer: Writer) -> Markup:
    """Return blocks as markup without a page around them, for notebooks."""
    module = _environment().get_template("blocks.html").make_module({"w": writer})
    return Markup(linked(str(module.blocks(blocks))))  # type: ignore[attr-defined]


def embedded(result: AuditResult) -> str:
    """Return a result as compact JSON that can stand in a script element.

    `<` is escaped, as JSON allows; evidence is packed (`core.compact`), and fields of findings that are empty are
    left out, as `codec.loads` allows.
    """
    raw = codec.compact(codec.to_dict(result))
    raw["findings"] = [_lean({**f, "criterion": _lean_criterion(f["criterion"])}) for f in raw["findings"]]
    return in_script(raw)


def _lean_criterion(criterion: Any) -> Any:
    return criterion if isinstance(criterion, list) else _lean(criterion)


def _lean(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields without those that are empty, which read back as the defaults that they are."""
    return {k: v for k, v in fields.items() if k in KEPT or not (v is None or v is False or v in EMPTY)}


def in_script(data: Any) -> str:
    """Return data as compact JSON in which no `<` stands, so that no script element can end in it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter in "<\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def style_sheet() -> str:
    """Return the style sheet of the report."""
    return _asset("report.css")


def _parts(blocks: list[list[Block]]) -> tuple[list[Block], list[Section]]:
    opening: list[Block] = []
    sections: list[Section] = []
    for part in blocks:
        first = part[0]
        if isinstance(first, Heading):
            sections.append(Section(first.anchor, first.text, part))
        elif isinstance(first, Opening):
            opening += part
    return opening, sections


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src 'sha256-{_hash(style)}'; script-src 'sha256-{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


@cache
def _asset(name: str) -> str:
    return resources.files("xaikit.report").joinpath("assets", name).read_text("utf-8").strip()


@cache
def _script() -> str:
    """Return the script without its comments and indents; no text in it goes over several lines."""
    lines = (line.strip() for line in _asset("report.js").split("\n"))
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("xaikit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
