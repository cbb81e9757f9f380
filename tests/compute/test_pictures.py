"""Thumbnails read back by an imaging library."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from xaikit.compute.pictures import URI, thumbnail
from xaikit.core.errors import DataError


def opened(uri):
    image = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix(URI))))
    image.load()
    return np.asarray(image)


def test_grey_and_colour_are_read_back_as_they_were():
    rng = np.random.default_rng(0)
    colour = rng.integers(0, 256, (3, 5, 7))
    assert (opened(thumbnail(colour / 255, 0.0, 1.0)) == colour.transpose(1, 2, 0)).all()
    grey = rng.integers(0, 256, (1, 9, 4))
    assert (opened(thumbnail(grey / 255, 0.0, 1.0)) == grey[0]).all()


def test_many_channels_are_grey_and_fine_ones_are_means_of_their_cells():
    fine = np.zeros((2, 48, 24))
    fine[:, :24] = 1.0
    fine[1] *= 0.5
    shown = opened(thumbnail(fine, 0.0, 1.0, side=24))
    assert shown.shape == (24, 24)
    assert set(np.unique(shown[:12])) == {191}
    assert not shown[12:].any()


def test_what_lies_beyond_black_and_white_is_cut_and_a_flat_one_is_no_division():
    assert opened(thumbnail(np.array([[[-5.0, 5.0]]]), 0.0, 1.0)).tolist() == [[0, 255]]
    assert opened(thumbnail(np.full((1, 2, 2), 3.0), 3.0, 3.0)).tolist() == [[0, 0], [0, 0]]


def test_no_image():
    with pytest.raises(DataError, match="channels, height, width"):
        thumbnail(np.zeros((4, 4)), 0.0, 1.0)
