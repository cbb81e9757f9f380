"""Bring the catalogues of the report in step with the code: the template, and what each language has of it.

`python -m tools.catalogues` writes `xaikit.pot` anew and merges it into every `.po`: new sentences come in without a
translation, translations stay, what the code no longer says goes. `--check` writes nothing, and names what is amiss.
"""

import io
import string
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.pofile import read_po, write_po

from tools.sources import RESULT, ROOT, Source, sources

FOLDER = ROOT / "xaikit" / "report" / "catalogues"
TEMPLATE = FOLDER / "xaikit.pot"
HEADER = """\
# Sentences of xaikit's reports.
#
# Slots stand in braces and are filled with what the comment above an entry says; a translation may turn them round.
# Entries of the context "result" are texts that an audit writes into its result, in English; they are recognised by
# their fixed words, and what stands in their slots is translated if there is an entry for it.
# Korean: a slot may name the two forms of a particle, of which the one that agrees with the word before it is
# written: {group:은/는}, {feature:을/를}, {to:으로/로}.
"""
KOREAN_PLURAL, ENGLISH_PLURAL = "nplurals=1; plural=0;", "nplurals=2; plural=(n != 1);"
SLOTS = {
    "about": "what a measurement is about, for example “sex: Female”",
    "bound": "a threshold, as a profile declares it",
    "count": "a whole number",
    "criterion": "the title of a criterion",
    "feature": "a column of the data, as the data name it",
    "first": "a group of people, as the data name it",
    "group": "a group of people, as the data name it",
    "id": "the short name of a criterion or row",
    "interval": "an interval, 0.19–0.24",
    "key": "a name in audit.yaml or in the result",
    "limits": "an interval, 0.19–0.24, or nothing",
    "measure": "the name of a measure, translated",
    "n": "a number of people or rows",
    "name": "a name, as the data or the audit give it",
    "p": "a p value, printed .023 or < .001",
    "ratio": "a ratio, 0.668",
    "reference": "the group that is compared with, as the data name it",
    "row": "the name of a row, as the data give it",
    "score": "a score of the model",
    "share": "a share, 7.66%",
    "value": "a number as its measure is printed",
    "who": "whom a measurement is about",
}
"""What the slots are filled with; of one that is not here, the template shows the expression that fills it."""


def template() -> Catalog:
    """Return the template: every sentence once, with its places and the meaning of its slots."""
    found: dict[tuple[str, str], list[Source]] = {}
    for source in sources():
        found.setdefault((source.context, source.english), []).append(source)
    made = Catalog(project="xaikit", charset="utf-8", fuzzy=False, header_comment=HEADER)
    for (context, english), same in found.items():
        plural = next((s.plural for s in same if s.plural), "")
        made.add(
            (english, plural) if plural else english,
            locations=sorted({s.place for s in same}),
            auto_comments=list(_meanings(same[0])),
            context=context or None,
        )
    return made


def _meanings(source: Source) -> Iterator[str]:
    if source.plural:
        yield "{count}: " + SLOTS["count"]
    for name, expression in source.slots:
        yield f"{{{name}}}: {SLOTS.get(name) or expression.splitlines()[0][:90]}"


def update(path: Path, new: Catalog) -> str:
    """Return the text of a language's catalogue with the entries of the template, translations kept."""
    with path.open("rb") as file:
        old = read_po(file, locale=path.stem)
    old.header_comment = HEADER
    kept = {_key(m): m.string for m in old if m.id}
    kept |= {("", m.id): m.string for m in old if m.id and isinstance(m.id, str)}  # a context may be new
    made = Catalog(locale=path.stem, project="xaikit", charset="utf-8", fuzzy=False, header_comment=HEADER)
    for message in new:
        if message.id:
            made.add(
                message.id,
                _kept(kept, message, made),
                context=message.context,
                auto_comments=message.auto_comments,
                locations=sorted({(place, None) for place, _ in message.locations}),
            )
    return _text(made, path.stem)


def _kept(kept: dict[tuple[str, object], object], message: Message, made: Catalog) -> str | tuple[str, ...]:
    """Return the translation of a message; one of a plural may stand under either of its forms alone."""
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    for key in ((message.context or "", message.id), *(("", i) for i in reversed(ids))):
        string_ = kept.get(key)
        if string_ and any(string_):
            forms = string_ if isinstance(string_, tuple) else (string_,) * made.num_plurals
            return tuple(forms[: made.num_plurals]) if len(ids) > 1 else forms[0]
    return ("",) * made.num_plurals if len(ids) > 1 else ""


def _key(message: Message) -> tuple[str, object]:
    return message.context or "", message.id


def _text(catalog: Catalog, code: str = "") -> str:
    """Return a catalogue as PO, sorted and without a clock, so that the same sentences give the same bytes."""
    for message in catalog:
        message.flags.clear()  # a percent sign is no format of printf here
    out = io.BytesIO()
    write_po(out, catalog, width=0, sort_output=True, omit_header=True, include_lineno=not code)
    plural = KOREAN_PLURAL if code == "ko" else ENGLISH_PLURAL
    lines = ["Project-Id-Version: xaikit", *([f"Language: {code}"] if code else [])]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    head = "".join(f'"{line}\\n"\n' for line in (*lines, f"Plural-Forms: {plural}"))
    return f'{HEADER}msgid ""\nmsgstr ""\n{head}\n' + out.getvalue().decode().strip() + "\n"


def amiss(path: Path, new: Catalog) -> list[str]:
    """Return what is wrong with a language's catalogue: missing, stale, untranslated, or with slots of its own."""
    with path.open("rb") as file:
        old = {_key(m): m for m in read_po(file, locale=path.stem) if m.id}
    wanted = {_key(m): m for m in new if m.id}
    out = [f"{path.name}: not there: {id_}" for id_ in wanted.keys() - old.keys()]
    out += [f"{path.name}: stale: {id_}" for id_ in old.keys() - wanted.keys()]
    for key, message in old.items():
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        known = set().union(*(slots(i) for i in ids))
        out += [f"{path.name}: slots of its own: {key}: {f}" for f in forms if not slots(f) <= known]
        if key[0] == RESULT:  # a reason that is recognised loses nothing of what it said
            out += [f"{path.name}: a slot is lost: {key}: {f}" for f in forms if f and slots(f) != known]
        if path.stem != "en" and not all(forms) and not named_alike(key[0], ids[0]):
            out.append(f"{path.name}: not translated: {key}")
    return sorted(out)


def slots(text: str) -> set[str]:
    """Return the names of the slots of a template."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def named_alike(context: str, english: str) -> bool:
    """Return whether a text may stand as it is in every language: a citation, as its law and its language have it."""
    citing = (
        "CFR",
        "RCNY",
        "U.S.C.",
        "ILCS",
        "CCR",
        "ISO/IEC",
        "NIST",
        "SB 26",
        "(19",
        "(20",
        "MAP ",
        "MEASURE ",
        "MANAGE ",
    )
    return not context and len(english) < 160 and any(c in english for c in citing)


def main(arguments: Sequence[str]) -> int:
    """Write the catalogues, or with `--check` say what is amiss."""
    new = template()
    languages = sorted(FOLDER.glob("*.po"))
    if "--check" in arguments:
        wrong = [w for path in languages for w in amiss(path, new)]
        sys.stdout.writelines(f"{w}\n" for w in wrong)
        return bool(wrong)
    TEMPLATE.write_text(_text(new), "utf-8")
    for path in languages:
        path.write_text(update(path, new), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
