"""The gap by words: exact, complete, naming a planted proxy and nothing where there is none.

How often words are named by chance, and intervals hold together, is simulated by `tests/checks/word_gap_study.py`.
"""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from tests.families.reader import Reader
from xaikit.adapters.function import FunctionModel
from xaikit.compute.word_walks import by_word, plain, walk
from xaikit.core.errors import SpecError
from xaikit.core.progress import silent
from xaikit.core.target import every_output

FILLING = ["managed", "sales", "team", "wrote", "reports", "years", "project", "budget"]


def slow(score, words):
    """Return Shapley values by every order."""
    out, orders = np.zeros(len(words)), list(permutations(range(len(words))))
    for order in orders:
        there: list[int] = []
        for word in order:
            before = score(" ".join(words[i] for i in sorted(there)))
            there.append(word)
            out[word] += (score(" ".join(words[i] for i in sorted(there))) - before) / len(orders)
    return out


def pairwise(text):
    """Of degree two: one walk forth and back gives its Shapley values exactly."""
    w = [plain(x) for x in text.split()]
    return 1.5 * ("sales" in w) - 2 * ("netball" in w) + ("sales" in w and "team" in w) - 0.5 * len(w)


def test_one_walk_forth_and_back_is_exact_for_pairs_and_more_walks_near_it_for_the_rest():
    texts = ["sales team wrote", "netball sales Team, team", "wrote", "sales, netball team wrote years"]
    model = FunctionModel(lambda t: [pairwise(x) for x in t])
    found = walk(model, texts, every_output(("s",)), 1, np.random.default_rng(0), silent)
    for words, added, text in zip(found.words, found.added, texts, strict=True):
        # two words that are one to the model make a product of three: left out here
        if len({plain(w) for w in words}) == len(words):
            np.testing.assert_allclose(added[:, 0], slow(pairwise, words), atol=1e-12)
        assert added.sum() == pytest.approx(pairwise(text) - pairwise(""))

    def strange(text):
        return len(set(text.split())) ** 1.7 * (1 + ("sales" in text))

    model = FunctionModel(lambda t: [strange(x) for x in t])
    found = walk(model, texts[:1] * 400, every_output(("s",)), 1, np.random.default_rng(1), silent)
    added = np.array(found.added)[:, :, 0]
    error = added.std(axis=0, ddof=1) / 20
    assert (np.abs(added.mean(axis=0) - slow(strange, texts[0].split())) <= 4 * error + 1e-12).all()


def test_words_are_counted_together_whatever_their_case_and_declared_groups_are_one():
    texts = ["Netball, sales", "rugby sales", "sales (netball)", "once sales"]
    model = FunctionModel(lambda t: [float(len(x)) for x in t])
    walked = walk(model, texts, every_output(("s",)), 1, np.random.default_rng(0), silent)
    names, added, there = by_word(walked, 2, {})
    assert names == ["netball", "sales", ""]
    assert there.tolist() == [[True, True, False], [False, True, True], [True, True, False], [False, True, True]]
    np.testing.assert_allclose(added.sum(axis=(1, 2)), [len(t) for t in texts])
    names, added, there = by_word(walked, 5, {"sport": ["Netball", "rugby"]})
    assert names == ["sport", ""]
    assert there[:, 0].tolist() == [True, True, True, False]


def letters(n, seed, proxy):
    """Letters of women and men; in the world with a proxy, women name a sport that the employer holds against it."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], n)
    texts = []
    for s in sex:
        words = list(rng.choice(FILLING, 5, replace=False))
        if rng.random() < (0.6 if s == "f" else 0.05) * proxy + 0.3 * (1 - proxy):
            words.insert(int(rng.integers(6)), "netball")
        texts.append(" ".join(words))
    return pd.DataFrame({"letter": texts, "sex": sex, "vacancy": np.arange(n) // 2})


def score_of(text):
    return 0.3 + 0.4 * ("sales" in text) - 0.5 * ("netball" in text)


@pytest.fixture(scope="module")
def reader():
    train = letters(400, 9, proxy=0).letter.tolist()
    model = Reader([*FILLING, "netball"]).fit(train, [score_of(t) for t in train])
    error = model.predict(train)[:, 0] - [score_of(t) for t in train]
    assert (error**2).mean() < 0.01
    return model


def audited(model, frame, **parameters):
    roles = xk.Roles(
        sensitive=["sex"], cluster=parameters.pop("cluster", None), weight=parameters.pop("weight", None)
    )
    return xk.audit(frame, roles=roles, model=model, features=["letter"], checks={"word_gap": parameters})


def named(result, output="score"):
    found = result.measured("word_gap_attribution", output=output)
    return {e.about["word"] for e in found if e.about["word"] != "other words" and (e.low > 0 or e.high < 0)}


def test_a_net_that_holds_a_stand_in_against_a_group_is_told_by_its_word_and_the_parts_sum_to_the_gap(reader):
    frame = letters(160, 1, proxy=1)
    result = audited(reader, frame, rows=160)
    assert named(result) == {"netball"}
    assert named(result, "decision") == {"netball"}
    for output in ("score", "decision"):
        (gap,) = result.measured("word_gap", output=output)
        parts = result.measured("word_gap_attribution", output=output)
        assert sum(e.value for e in parts) == pytest.approx(gap.value, abs=1e-6)
        (residual,) = result.measured("word_gap_residual", output=output)
        assert abs(residual.value) < 1e-6
    score = reader.predict(frame.letter.tolist())[:, 0]
    women = (frame.sex == "f").to_numpy()
    (gap,) = result.measured("word_gap", output="score")
    sign = 1 if gap.about["group"] == "f" else -1
    assert gap.value == pytest.approx(sign * (score[women].mean() - score[~women].mean()), abs=1e-6)
    (word,) = result.measured("word_gap_attribution", output="score", word="netball")
    has = frame.letter.str.contains("netball").to_numpy()
    assert word.detail["share_group"] == pytest.approx(has[women].mean())
    assert word.detail["share_reference"] == pytest.approx(has[~women].mean())
    means = word.detail["mean_where_there_group"], word.detail["mean_where_there_reference"]
    shares = word.detail["share_group"], word.detail["share_reference"]
    assert shares[0] * means[0] - shares[1] * means[1] == pytest.approx(word.value)
    assert word.detail["through_presence"] == pytest.approx((shares[0] - shares[1]) * sum(means) / 2)
    assert word.detail["p"] < 0.01


def test_the_same_net_in_a_world_without_a_stand_in_names_no_word(reader):
    """Bound stated before the run: of 20 worlds at most 4 name any word (5 % each; beyond it with p = .003)."""
    worlds = [letters(80, 100 + k, proxy=0) for k in range(20)]
    assert sum(bool(named(audited(reader, w, rows=80, walks=1, replicates=400))) for w in worlds) <= 4


def test_intervals_are_over_people_and_weights_count(reader):
    frame = letters(80, 3, proxy=1)
    twice = frame.loc[np.repeat(np.arange(80), 2)].reset_index(drop=True).assign(person=np.repeat(np.arange(80), 2))
    alone, people, rows = (
        audited(reader, *a, rows=160, **k)
        for a, k in (((frame,), {}), ((twice,), {"cluster": "person"}), ((twice,), {}))
    )

    def width(result):
        (e,) = result.measured("word_gap_attribution", output="score", word="netball")
        return e.high - e.low

    assert width(people) == pytest.approx(width(alone), rel=0.15)
    assert width(rows) < 0.85 * width(people)
    weighted = audited(reader, frame.assign(w=1.0 + frame.letter.str.contains("netball")), weight="w", rows=80)
    (e,) = weighted.measured("word_gap_attribution", output="score", word="netball")
    w, women = 1.0 + frame.letter.str.contains("netball").to_numpy(), (frame.sex == "f").to_numpy()
    share = (w * frame.letter.str.contains("netball") * women).sum() / (w * women).sum()
    assert e.detail["share_group" if e.about["group"] == "f" else "share_reference"] == pytest.approx(share)


def test_few_words_are_told_one_by_one_and_the_rest_together(reader):
    frame = letters(60, 4, proxy=1)
    result = audited(reader, frame, rows=60, shown_words=2)
    told = [e.about["word"] for e in result.measured("word_gap_attribution", output="score")]
    assert len(told) == 3
    assert told[0] == "netball"
    assert told[-1] == "other words"
    none = audited(reader, frame, rows=60, least=1000)
    (e,) = none.measured("word_gap_attribution", output="score")
    (gap,) = none.measured("word_gap", output="score")
    assert e.about["word"] == "other words"
    assert e.value == pytest.approx(gap.value, abs=1e-6)


def test_tables_skip_it_and_what_is_declared_wrongly_is_told(reader):
    frame = letters(40, 5, proxy=1)
    with pytest.raises(SpecError, match="single words"):
        list(_checked(reader, frame, words={"sport": ["net ball"]}))
    with pytest.raises(SpecError, match="one group"):
        list(_checked(reader, frame, words={"sport": ["netball"], "game": ["Netball"]}))
    table = pd.DataFrame({"x": np.arange(20.0), "g": list("ab") * 10})
    result = xk.audit(
        table, roles=xk.Roles(sensitive=["g"]), model=lambda z: np.asarray(z)[:, 0] / 20, features=["x"],
        checks=["word_gap"],
    )  # fmt: skip
    (step,) = [s for s in result.steps if s.name == "word_gap"]
    assert step.status == "skipped"
    assert "texts" in step.because
    alone = frame.assign(sex=["x"] + ["y"] * 39)
    (e,) = audited(reader, alone, rows=40).measured("word_gap")
    assert e.value is None
    assert "fewer than two" in e.because


def _checked(model, frame, **parameters):
    from xaikit.checks.word_gap import check
    from xaikit.core.decisions import Decisions

    decisions = Decisions.of(frame, xk.Roles(sensitive=["sex"]), selected=np.ones(len(frame), bool))
    texts, target = frame.letter.tolist(), every_output(("score",))
    return check(model, texts, target, decisions, 0.5, np.random.default_rng(0), silent, **parameters)
