"""Histogram matching against the peer's own way: ranks one by one, and scipy's line through the steps."""

import numpy as np
import pytest
from scipy.interpolate import interp1d

from scatjax.errors import InputError
from scatjax.fields import match_histogram


def peer(x, target, bins):
    """Brochard et al.: the mean rank of equal pixels over their number, through the inverse of the steps."""
    count, edges = np.histogram(target, bins)
    cumulative = np.concatenate([[0], np.cumsum(count)]) / target.size
    rank = np.array([(np.sum(x < v) + 1 + np.sum(x <= v)) / 2 / x.size for v in x.ravel()])
    at_a_gap = np.isin(rank, cumulative[1:-1][count[1:] == 0])  # where they leave it to rounding
    return interp1d(cumulative, edges)(rank).reshape(x.shape), at_a_gap.reshape(x.shape)


@pytest.mark.parametrize("law", ["normal", "gamma"])
def test_is_the_peer(law, rng):
    x = rng.normal(size=(16, 12)).round(1)  # with ties
    target = rng.normal(size=(20, 20)) if law == "normal" else rng.gamma(0.3, size=(16, 12))
    got, (want, at_a_gap) = match_histogram(x, target, 30), peer(x, target, 30)
    assert np.abs(got - want)[~at_a_gap].max() < 1e-12 and at_a_gap.mean() < 0.1


def test_no_pixel_falls_into_a_gap():
    target = np.repeat([0.0, 1.0], 96).reshape(16, 12)
    got = match_histogram(np.arange(192.0).reshape(16, 12), target, 30)
    assert np.sum(got <= 1 / 30 + 1e-9) == np.sum(got >= 29 / 30 - 1e-9) == 96


def test_the_histogram_is_the_targets_and_the_order_its_own(rng):
    x, target = rng.normal(size=(64, 64)).astype("float32"), rng.gamma(2.0, size=(50, 70)).astype("float32")
    got = match_histogram(x, target)
    assert got.dtype == np.float32 and (np.argsort(got.ravel()) == np.argsort(x.ravel())).all()
    quantiles = np.linspace(0.02, 0.98, 49)
    width = (target.max() - target.min()) / 100
    assert np.abs(np.quantile(got, quantiles) - np.quantile(target, quantiles)).max() < width


def test_channels_and_gaps(rng):
    x, target = rng.normal(size=(3, 8, 8)), rng.gamma(1.0, size=(3, 8, 8))
    got = match_histogram(x, target)
    assert np.array_equal(got[1], match_histogram(x[1], target[1]))
    holes = target.copy()
    holes[:, 2, 3] = np.nan
    assert np.array_equal(match_histogram(x, holes)[0], match_histogram(x[0], np.delete(target[0].ravel(), 19)[None]))


@pytest.mark.parametrize(
    "x, target, bins, message",
    [
        (np.ones((3, 4, 4)), np.ones((2, 4, 4)), 10, "as many channels"),
        (np.ones((4, 4)), np.ones(16), 10, "give both one rank"),
        (np.ones((4, 4)), np.ones((4, 4)), 0, "bins=0 must be an integer of at least 1"),
        (np.ones((4, 4)), np.full((4, 4), np.nan), 10, "gaps alone"),
    ],
)
def test_errors(x, target, bins, message):
    with pytest.raises(InputError, match=message):
        match_histogram(x, target, bins)


def test_a_constant_target_makes_a_constant(rng, unchecked):
    """`np.histogram` alone would spread it by one."""
    x = rng.normal(size=(8, 8))
    assert np.array_equal(match_histogram(x, np.full((4, 4), 2.5)), np.full((8, 8), 2.5))
    with pytest.raises(InputError, match="bins=2.5 must be an integer"):
        match_histogram(x, x, bins=2.5)
