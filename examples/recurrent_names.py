"""A recurrent net that guesses origin from a name: its first names are proxies, letter by letter.

The net (ethnicolr2, LSTM over characters) is somebody else's. The names are those of the call-back experiment of
Bertrand & Mullainathan (2004): nine white and nine Black women's names, and as many men's.

Run: python examples/recurrent_names.py [folder for the report]
"""

import sys
from pathlib import Path

import numpy as np

import xaikit as xk
from xaikit.auditing.gathered import gathered
from xaikit.checks.name_swap import check
from xaikit.core.target import margin
from xaikit.demo.packages import Package

NET = Package("ethnicolr2", "0.1.4", "ethnicolr2", "models/lstm_fullname.pt")
LETTERS = " '-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LONGEST, UNKNOWN = 47, 56
GROUPS = ["asian", "hispanic", "black", "white", "other"]
WHITE = ["Allison", "Anne", "Carrie", "Emily", "Jill", "Laurie", "Kristen", "Meredith", "Sarah"]
WHITE += ["Brad", "Brendan", "Geoffrey", "Greg", "Brett", "Jay", "Matthew", "Neil", "Todd"]
BLACK = ["Aisha", "Ebony", "Keisha", "Kenya", "Latonya", "Lakisha", "Latoya", "Tamika", "Tanisha"]
BLACK += ["Darnell", "Hakim", "Jermaine", "Kareem", "Jamal", "Leroy", "Rasheed", "Tremayne", "Tyrone"]


def encoded(names):
    out = np.full((len(names), LONGEST), UNKNOWN)
    for row, name in zip(out, names, strict=True):
        row[: len(name)] = [LETTERS.find(c) if c in LETTERS else UNKNOWN for c in name[:LONGEST]]
    return out


def main(folder):
    source = NET.found().parents[1] / "models.py"  # the net's own architecture, run by our explicit choice
    net = xk.load_model(
        NET.found(),
        factory=f"{source}:LSTM",
        arguments={"input_size": 57, "hidden_size": 256, "output_size": 5, "num_layers": 2},
        outputs=GROUPS,
        dtype="int64",
    )

    def chance_of_black(names):
        return np.exp(net.predict(encoded(names)))[:, 2]

    as_written = [[f"Smith {n}" for n in names] for names in (WHITE, BLACK)]
    p_white, p_black = map(chance_of_black, as_written)
    print(f"mean p(Black): white names {p_white.mean():.3f}, Black names {p_black.mean():.3f}")
    right = sum((b > p_white).sum() for b in p_black) / (len(p_white) * len(p_black))
    print(f"a Black name scores above a white one in {right:.0%} of all pairs (chance 50%)")

    class Letters:
        """The same net with letters as words, so that single letters can be left out."""

        card = net.card

        def predict(self, texts):
            return net.predict(encoded(["".join(t.split()).replace("_", " ") for t in texts]))

    spelt = [" ".join(f"Smith {n}".replace(" ", "_")) for n in ("Lakisha", "Tyrone", "Emily", "Geoffrey")]
    letters = xk.explain(
        Letters(), spelt, background=["_"], engine="words", mask="_", budget=512, target=margin(2, 3, GROUPS)
    )
    swaps = check(
        Letters(),
        margin(2, 3, GROUPS),
        0.0,
        np.random.default_rng(0),
        templates=[
            " ".join(f"{last}_") + " {name}" for last in ("Smith", "Miller", "Brown", "Davis", "Wilson", "Clark")
        ],
        names={"white": [" ".join(n) for n in WHITE], "black": [" ".join(n) for n in BLACK]},
    )
    result = gathered(
        "What a first name tells a recurrent net", {"letters": letters}, model=net, evidence=list(swaps)
    )
    (effect,) = result.measured("name_swap_difference")
    print(
        f"swapping only the first name moves log-odds by {effect.value:.2f} ({effect.low:.2f} to {effect.high:.2f})"
    )
    result.to_html(folder / "recurrent_names.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
