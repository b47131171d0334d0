"""Bands and polygons against plain enumeration over wave vectors."""

import itertools

import numpy as np
import pytest

from scatjax.domains.bands import bands, bin_means, count_polygons, log_edges, polygons, wavenumbers
from scatjax.errors import InputError


def test_wavenumbers_are_norms_of_integers_on_a_square():
    k = np.fft.fftfreq(7, 1 / 7)
    assert np.allclose(wavenumbers((7, 7)), np.hypot(k[:, None], k[None]), atol=1e-14)


def test_circles_stay_circles_on_any_canvas():
    """A plane wave of one physical wavelength has one |k|, along either side of a rectangle."""
    k = wavenumbers((16, 64))
    assert k[1, 0] == k[0, 4] == 4.0
    assert wavenumbers((64,))[3] == 3.0 and wavenumbers((4, 4, 8))[0, 0, 2] == 2.0


@pytest.mark.parametrize("side", [16, 63, 128])
def test_every_wave_number_but_zero_is_in_one_band(side):
    masks = bands((side, side), log_edges(side, 10))
    counts = masks.sum(0)
    assert counts.flat[0] == 0 and (counts.reshape(-1)[1:] == 1).all()


def test_bands_close_at_the_side_asked_for():
    edges = np.array([1.0, 2.0, 9.0])
    k = wavenumbers((8, 8))
    left, right = bands((8, 8), edges), bands((8, 8), edges, right=True)
    assert (left[0] == ((k >= 1) & (k < 2))).all() and (right[0] == ((k > 1) & (k <= 2))).all()


@pytest.mark.parametrize("order", [3, 4])
def test_polygons_are_the_sets_that_the_edges_allow(order):
    edges = log_edges(64, 5)
    expected = [
        s for s in itertools.combinations_with_replacement(range(5), order)
        if sum(edges[np.array(s[:-1]) + 1]) > edges[s[-1]] + 0.5
    ]  # fmt: skip
    assert polygons(edges, order).tolist() == [list(s) for s in expected]


@pytest.mark.parametrize("shape", [(6, 6), (5, 7)], ids=str)
def test_polygons_are_counted_as_by_enumeration(shape):
    edges = np.array([0.9, 1.5, 2.5, 5.0])
    masks = bands(shape, edges, right=True)
    sets = np.array(list(itertools.combinations_with_replacement(range(3), 3)))
    vectors = [np.argwhere(mask) for mask in masks]
    expected = [
        sum(bool(((a + b + c) % shape == 0).all()) for a in vectors[i] for b in vectors[j] for c in vectors[k])
        for i, j, k in sets
    ]
    assert count_polygons(masks, sets).tolist() == expected and max(expected) > 50


def test_polygon_counts_are_exact_at_the_size_that_overflows_int32():
    masks = bands((256, 256), log_edges(256, 3), right=True)
    counts = count_polygons(masks, np.array([[2, 2, 2]]))
    assert counts[0] > 2**31 and counts[0] == np.round(counts[0])


def test_means_of_empty_bands_are_nan():
    means = bin_means(np.arange(16.0).reshape(4, 4), np.zeros((2, 4, 4), bool))
    assert np.isnan(means).all()


@pytest.mark.parametrize(
    "call",
    [lambda: wavenumbers((1, 4)), lambda: wavenumbers(()), lambda: log_edges(64, 0), lambda: polygons(np.ones(3), 2)],
)
def test_unusable_arguments_are_refused(call):
    with pytest.raises(InputError):
        call()
