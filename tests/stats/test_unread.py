"""Who moved no probe: beside games whose readers are known, and rules of chance computed by hand."""

import numpy as np
import pytest

from xaikit.stats.unread import Unread, share_limit, unread


class Game:
    """A game of known readers that counts what it is asked: every asked row once for each mask."""

    def __init__(self, value, rows=3):
        self.value, self.rows, self.asked, self.largest = value, rows, 0, 0

    def __call__(self, rows, masks, behind):
        out = np.stack([self.value(masks) * (1 + r) for r in rows])[:, :, None]
        self.asked += out.shape[0] * out.shape[1]
        self.largest = max(self.largest, out.size)
        return out

    def suspected(self, players, seed=0, background=8, **given):
        outputs = self.value(np.ones((1, players), dtype=bool)).shape[1]
        whole, nobody = np.ones((self.rows, outputs)), np.zeros((background, outputs))
        return unread(self, whole, nobody, players, np.random.default_rng(seed), **given)


def additive(masks):
    return (masks[:, :4] @ np.array([0.1, 0.2, 0.3, 0.4]))[:, None]


@pytest.mark.parametrize("seed", range(5))
def test_those_that_are_not_read_pass_and_no_other(seed):
    found = Game(additive).suspected(9, seed)
    assert np.flatnonzero(found.players).tolist() == [4, 5, 6, 7, 8]
    assert found.probes == 1000
    assert not found.rare.any()


@pytest.mark.parametrize("probes", [20, 100, 1000])
def test_a_rare_move_passes_as_seldom_as_chance_allows(probes):
    """Player 4 acts with 0 to 2 in and 3 out: in ∫ u³(1 − u) du = 1/20 of the sets; missed with (1 − 1/20)^m or so.

    The chance u is drawn in m even steps, which only lowers that. 200 draws, three standard errors.
    """

    def value(masks):
        return additive(masks) + 5 * (masks[:, :3].all(axis=1) & ~masks[:, 3] & masks[:, 4])[:, None]

    missed = sum(Game(value, 1).suspected(9, seed, probes=probes).players[4] for seed in range(200))
    chance = 0.95**probes
    assert missed <= 200 * chance + 3 * np.sqrt(200 * chance * (1 - chance))


def test_who_was_suspected_and_moved_is_told():
    def value(masks):
        return additive(masks) + 5 * (masks[:, 0] & ~masks[:, 1] & masks[:, 4])[:, None]

    found = Game(value).suspected(9)
    assert np.flatnonzero(found.rare).tolist() == [4]
    assert np.flatnonzero(found.players).tolist() == [5, 6, 7, 8]


def test_two_that_cancel_are_both_found():
    def value(masks):
        return additive(masks) + (masks[:, 0] & ~masks[:, 1] & (masks[:, 4] ^ masks[:, 5]))[:, None]

    assert np.flatnonzero(Game(value).suspected(9).players).tolist() == [6, 7, 8]


@pytest.mark.parametrize(
    ("most", "background", "probes"), [(400, 1, 40), (2048, 1, 204), (2048, 100, 1000), (None, 1, 409)]
)
def test_probes_are_a_quarter_of_the_budget(most, background, probes):
    game = Game(additive)
    found = game.suspected(9, background=background, most=most)
    assert found.probes == probes
    spent = game.asked / game.rows - (3 * 9 + 1)  # each alone, before and after it, and everybody
    assert probes * 2 <= spent <= probes * 2.5 + 2


def test_with_a_budget_for_fewer_than_16_nobody_passes():
    found = Game(additive).suspected(9, background=1, most=150)
    assert not found.players.any()
    assert found.probes == 0
    assert np.flatnonzero(found.rare).tolist() == [4, 5, 6, 7, 8]


def test_answers_are_held_a_part_at_a_time():
    """20 rows of 500 outputs would be 25 million answers to 2,500 coalitions."""

    def value(masks):
        return np.repeat(additive(masks), 500, axis=1)

    game = Game(value, rows=20)
    game.suspected(9)
    assert game.largest <= 2**22


def test_the_limit_is_the_share_that_chance_leaves_open_times_the_range():
    found = Unread(np.ones(1, dtype=bool), 50, np.array([2.0, 10.0]), np.zeros(1, dtype=bool))
    share = share_limit(50)
    assert (1 - share) ** 50 == pytest.approx(0.05)
    np.testing.assert_allclose(found.limit, [2 * share, 10 * share])
    np.testing.assert_allclose(1.959964 * np.sqrt(found.variance), found.limit, rtol=1e-6)
