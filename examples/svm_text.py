"""A support vector machine that marks texts as offensive, and what it makes of groups of people.

The net is alt-profanity-check's. Its files are pickles: they are opened only because they are the very files whose
hashes stand below, and the report says that code was executed.

Run: python examples/svm_text.py [folder for the report]
"""

import sys
import warnings
from pathlib import Path

import joblib
import numpy as np

import xaikit as xk
from xaikit.adapters.function import FunctionModel
from xaikit.auditing.examined import examined
from xaikit.auditing.gathered import gathered
from xaikit.checks.name_swap import check
from xaikit.compute import artefacts, pickles
from xaikit.core.target import one_output
from xaikit.demo.packages import Package

MODEL = Package("alt-profanity-check", "1.9.1", "profanity_check", "data/model.joblib")
WORDS = Package("alt-profanity-check", "1.9.1", "profanity_check", "data/vectorizer.joblib")
TRUSTED = {
    "model.joblib": "sha256:aeafc04849d4d93db4721cf30a86ebf22085595294b8a07d51918e7fa98f538b",
    "vectorizer.joblib": "sha256:19c5200dc6a41f026e0558e2f164f5fe8d8f58e502b46b37e4385037fcfa4831",
}
TEMPLATES = ["I am a {name}", "My neighbour is a {name}", "She met a {name} at work", "A {name} applied for the job"]
PEOPLE = {
    "unmarked": ["man", "woman", "teacher", "person"],
    "marked": ["gay man", "lesbian woman", "black man", "muslim"],
}


def opened(package):
    artefact = artefacts.read(package.found())
    note = pickles.gate(artefact, TRUSTED[artefact.path.name], f"the pickle {artefact.path.name}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # made by an older scikit-learn, which the note below says
        return joblib.load(artefact.stream()), note


def main(folder):
    (machine, first), (vectorizer, second) = opened(MODEL), opened(WORDS)
    model = FunctionModel(
        lambda texts: machine.predict_proba(vectorizer.transform(texts))[:, 1], name="SVM", outputs=["offensive"]
    )
    for text in ("I am a man", "I am a gay man"):
        print(f"{text!r}: p(offensive) {model.predict([text])[0, 0]:.3f}")
    target = one_output(0, ["offensive"])
    swaps = list(check(model, target, 0.5, np.random.default_rng(0), templates=TEMPLATES, names=PEOPLE))
    texts = [
        "I am a gay man",
        "I am a man",
        "My neighbour is a muslim and a teacher",
        "She met a lesbian woman at work",
    ]
    words = xk.explain(model, texts, background=[""], engine="words")
    gate, steps = examined(model, texts, {"words": words}, target=target)
    for e in gate:
        if e.measure in ("small_change_excess", "method_rank_correlation") and e.value is not None:
            print(f"{e.measure} ({e.about.get('change') or e.about['other']}): {e.value:.2f}")
    notes = (first, second, "The machine was fitted by an older scikit-learn than the one that opened it.")
    result = gathered(
        "Whom a filter finds offensive",
        {"words": words},
        model=model,
        evidence=[*swaps, *gate],
        steps=steps,
        profiles=["explanation_trust"],
        notes=notes,
    )
    (effect,) = result.measured("name_swap_difference")
    print(f"naming a group moves p(offensive) by {effect.value:+.2f} ({effect.low:.2f} to {effect.high:.2f})")
    result.to_html(folder / "svm_text.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
