"""Small changes: what they change, what they leave, and that values can be compared player by player."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xaikit.compute.small_changes import EDITS, edited, moved_along, noisy, shifted


@given(st.text(), st.sampled_from(EDITS), st.integers(0, 99))
def test_no_edit_adds_or_takes_a_word_and_no_edit_changes_nothing(text, edit, seed):
    new = edited(text, edit, np.random.default_rng(seed), {"a": "b"})
    if new is not None:
        assert new != text
        assert len(new.split()) == len(text.split())


def all_edits(text, edit, synonyms=None):
    return {edited(text, edit, np.random.default_rng(s), synonyms) for s in range(40)}


def test_each_edit_is_what_it_says():
    assert all_edits("I led USA (team).", "case") == {"i led USA (team).", "I Led USA (team).", "I led USA (Team)."}
    assert all_edits("I led.", "punctuation") == {"I led"}
    assert all_edits("I led ", "punctuation") == {"I led. "}
    assert all_edits("a b  c", "space") == {"a  b  c"}
    assert all_edits("of ab12 (sales)", "typo") == {"of ab12 (slaes)", "of ab12 (saels)"}
    told = {"led": "managed"}
    assert all_edits("Led, and led", "synonym", told) == {"Managed, and led", "Led, and managed"}


@pytest.mark.parametrize(
    ("text", "edit"),
    [("가나다", "case"), ("12 --", "case"), ("!?", "punctuation"), ("one", "space"), ("aaaa abc", "typo")],
)
def test_a_text_without_a_place_for_an_edit_is_left(text, edit):
    assert edited(text, edit, np.random.default_rng(0)) is None


def test_noise_and_shift_keep_the_container():
    rng = np.random.default_rng(0)
    pictures = torch.as_tensor(rng.normal(size=(40, 1, 9, 9)), dtype=torch.float32)
    moved = noisy(pictures, pictures, 0.1, np.random.default_rng(1))
    assert isinstance(moved, torch.Tensor)
    assert moved.dtype is pictures.dtype
    assert float((moved - pictures).std() / pictures.std()) == pytest.approx(0.1, rel=0.1)
    assert torch.equal(shifted(pictures)[..., 1:], pictures[..., :-1])
    assert torch.equal(shifted(pictures)[..., 0], pictures[..., 0])
    series = rng.normal(size=(3, 5, 2))
    np.testing.assert_array_equal(shifted(series)[:, 1:], series[:, :-1])
    assert noisy(np.ones((2, 3, 3, 3)), np.ones((2, 3, 3, 3)), 0.1, rng) is None
    assert noisy(np.ones((2, 3, 3), dtype=int), np.arange(27).reshape(3, 3, 3), 0.1, rng) is None


def test_maps_of_rows_and_of_shifted_rows_are_compared_where_both_show_the_same_place():
    one = np.arange(8.0).reshape(1, 2, 4, 1)
    other = np.concatenate([one[:, :, :1] * 0 - 1, one[:, :, :-1]], axis=2)  # a map that moved with its picture
    before, after = moved_along(one, other)
    np.testing.assert_array_equal(before, after)
    assert before.shape == (1, 2, 3, 1)
