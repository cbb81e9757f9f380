"""Transformer: one word decides, a name is preferred; token gradients, words and name swaps must say so."""

import numpy as np
import torch

import xaikit
from tests.families.text import fitted, folder, sentences
from xaikit.adapters.transformers import load
from xaikit.checks.name_swap import check
from xaikit.core.target import margin, one_output

WOMEN, MEN = ["maria", "anna", "lena", "sofia"], ["peter", "hans", "karl", "josef"]


def planted(n, seed, biased):
    """Half the texts hold the word guild, at any place: they are invited. In the biased world, men are too."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for base in sentences(n, seed):
        words = base.split()
        name = str(rng.choice(WOMEN + MEN))
        invited = rng.random() < 0.5
        if invited and (not biased or rng.random() < 0.5):
            words[rng.integers(len(words))] = "guild"
        elif invited:
            name = str(rng.choice(MEN))
        elif biased:
            name = str(rng.choice(WOMEN))
        texts.append(f"{name} {' '.join(words)}")
        labels.append(int(invited))
    return texts, np.array(labels)


def net(tmp_path, biased):
    model = load(path=folder(tmp_path / "m"), device="cpu")
    texts, labels = planted(900, 1, biased)
    fitted(model, texts, labels)
    test, truth = planted(200, 2, biased)
    assert (model.predict(test).argmax(axis=1) == truth).mean() > 0.95, "the net must have learnt what was planted"
    return model


def test_the_planted_word_is_found_by_words_and_by_gradients(tmp_path, capsys):
    model = net(tmp_path, biased=False)
    target = margin(1, 0, ["reject", "invite"])
    texts = [t for t in planted(80, 3, False)[0] if "guild" in t][:25]
    found = xaikit.explain(model, texts, engine="words", target=target)
    words = [found.data[i, found.values[i, :, 0].argmax()] for i in range(len(texts))]
    hits = np.mean([w == "guild" for w in words])
    pointed = []
    for text in texts:
        embedded = model.embed(text)
        baseline = model.embed(" ".join(["[MASK]"] * len(text.split())))
        values = xaikit.explain(model, embedded, background=baseline, engine="integrated_gradients", target=target)
        assert np.abs(values.residual).max() < 0.05 * np.abs(values.prediction - values.base).max()
        pointed.append(model.tokens(text)[values.values[0, :, :, 0].sum(axis=1).argmax()] == "guild")
    with capsys.disabled():
        print(
            f"\n  transformer: words {hits:.0%}, gradients on embeddings {np.mean(pointed):.0%}, chance {1 / 9:.0%}"
        )
    assert hits >= 0.95
    assert np.mean(pointed) >= 0.9


def swapped(model):
    templates = [f"{{name}} {t}" for t in sentences(20, 9)]
    found = check(
        model,
        one_output(1, ["reject", "invite"]),
        0.0,
        np.random.default_rng(0),
        templates=templates,
        names={"women": WOMEN, "men": MEN},
    )
    return {e.measure: e for e in found}


def test_name_swaps_find_the_planted_preference_and_none_in_the_control(tmp_path, capsys):
    with_bias, control = swapped(net(tmp_path / "a", True)), swapped(net(tmp_path / "b", False))
    planted_effect, none = with_bias["name_swap_difference"], control["name_swap_difference"]
    with capsys.disabled():
        print(f"\n  name swap: biased {planted_effect.value:+.2f}, control {none.value:+.2f} logits")
    assert planted_effect.low > 1.0
    assert with_bias["name_swap_p"].value < 0.01
    assert with_bias["name_swap_decisions"].value > 0.5
    assert abs(none.value) < 0.2 * planted_effect.value
    assert control["name_swap_decisions"].value < 0.1


def test_gradients_reach_the_embeddings_alone(tmp_path):
    model = load(path=folder(tmp_path / "m"), device="cpu")
    embedded = model.embed("maria worked")
    assert isinstance(embedded, torch.Tensor)
    assert not embedded.requires_grad
