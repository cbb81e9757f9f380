"""How often the intervals of words hold together, and how often a word is named that carries nothing.

24 words, in 50 to 2 % of the texts, of a logistic model of their sum, and one that can be planted on a group. Run:
python -m tests.checks.word_gap_study TEXTS WORLDS PLANTED ROWS_A_PERSON, for example 100 500 0 1.
"""

import sys

import numpy as np

from xaikit.adapters.function import FunctionModel
from xaikit.compute.word_walks import by_word, walk
from xaikit.core.progress import silent
from xaikit.core.target import every_output
from xaikit.stats.gap_parts import gap_parts

WORDS = [f"w{i}" for i in range(24)]
SHARES = np.linspace(0.5, 0.02, 24)
WEIGHT = dict(zip([*WORDS, "netball"], [*np.random.default_rng(7).normal(size=25)[:24], -2.5], strict=True))
TARGET = every_output(("s",))


def score(texts):
    total = np.array([sum(WEIGHT[w] for w in set(t.split())) for t in texts])
    return 1 / (1 + np.exp(-total))


def drawn(n, rng, planted):
    sex, texts = np.arange(n) % 2, []
    for s in sex:
        words = [w for w, p in zip(WORDS, SHARES, strict=True) if rng.random() < p]
        if rng.random() < 0.05 + planted * 0.4 * (s == 0):
            words.append("netball")
        words = words or ["w0"]
        rng.shuffle(words)
        texts.append(" ".join(words))
    return texts, sex


def added(texts, rng):
    walked = walk(FunctionModel(score), texts, TARGET, 2, rng, silent)
    names, values, _ = by_word(walked, 0, {w: [w] for w in WORDS})
    return names, values[:, :, 0]


def main(n, worlds, planted, copies):
    texts, sex = drawn(6000, np.random.default_rng(99), planted)
    names, values = added(texts, np.random.default_rng(5))
    means = values[sex == 0].mean(axis=0) - values[sex == 1].mean(axis=0)
    truth = dict(zip(names, means * bool(planted), strict=True))
    rng = np.random.default_rng(int(1000 * planted) + n + copies)
    counts = np.zeros(3)
    for _ in range(worlds):
        texts, sex = drawn(n // copies, rng, planted)
        people = np.repeat(np.arange(n // copies), copies)
        names, values = added([t for t in texts for _ in range(copies)], rng)
        keep = [i for i, w in enumerate(names) if w and (values[:, i] != 0).sum() >= 5 * copies]
        women = np.repeat(sex, copies) == 0
        found = gap_parts(values[:, keep], [(women, ~women)], rng, people=people, replicates=1000)
        right = np.array([truth[names[i]] for i in keep])
        named = (found.low[0] > 0) | (found.high[0] < 0)
        sport = np.array([names[i] == "netball" for i in keep])
        counts += [((found.low[0] <= right) & (right <= found.high[0])).all(), named.any(), named[sport].any()]
    held, any_named, planted_named = counts / worlds
    print(f"all intervals held {held:.3f}, any word named {any_named:.3f}, the planted one {planted_named:.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
