"""Polyspectra against the peer's output and direct sums over polygons; `compare` against plain formulas."""


import jax
import numpy as np
import pytest

from scatjax import diagnostics as d
from scatjax.domains import bands as domain
from scatjax.fields import read

from ..helpers import GOLDEN

STORED = np.load(GOLDEN / "diagnostics" / "cheng_polyspectra_64.npz")


def rows_of(sets, bins, order):
    """Where our sets stand among all that the edges allow, which is the peer's order."""
    every = domain.polygons(domain.log_edges(64, bins), order).tolist()
    return [every.index(s) for s in sets.tolist()]


@pytest.mark.golden
@pytest.mark.parametrize("field", range(4))
@pytest.mark.parametrize(
    "name, compute, bins, order", [("bispec", d.bispectrum, 6, 3), ("trispec", d.trispectrum, 4, 4)]
)
def test_polyspectra_are_the_peers(name, compute, bins, order, field):
    sets, values = compute(STORED["x"][field], bins)
    rows = rows_of(sets, bins, order)
    error = np.abs(values - STORED[name][field][rows]).max()
    assert error < 5e-6, f"{name} of field {field}: {error:.1e}"
    left_out = set(range(STORED[name].shape[1])) - set(rows)
    assert left_out == ({0} if order == 3 else {2}), "only sets without closed polygon are left out"


@pytest.mark.golden
def test_band_power_is_the_peers():
    """The peer's power bins are closed at the right, as those of its polyspectra."""
    edges = STORED["k"].astype(float)
    masks = domain.bands((64, 64), edges, right=True)
    for x, logps in zip(STORED["x"], STORED["logps"], strict=True):
        ours = np.log(domain.bin_means(np.abs(np.fft.fft2(x)) ** 2 / x.size, masks))
        assert np.abs(ours - logps).max() < 5e-6, np.abs(ours - logps).max()


def direct_sums(x, bins, order):
    """Per set: sum of products of Fourier coefficients over closed polygons, and their number, by enumeration."""
    edges = domain.log_edges(max(x.shape), bins)
    masks = domain.bands(x.shape, edges, right=True)
    coefficients = np.fft.fft2(x, norm="ortho")
    vectors = [np.argwhere(mask) for mask in masks]
    sums, counts = [], []
    for s in domain.polygons(edges, order):
        grids = np.meshgrid(*[np.arange(len(vectors[i])) for i in s[:-1]], indexing="ij")
        ends = -sum(vectors[i][g] for i, g in zip(s[:-1], grids, strict=True)) % x.shape
        closed = masks[s[-1]][ends[..., 0], ends[..., 1]]
        product = coefficients[ends[..., 0], ends[..., 1]] * closed
        for i, g in zip(s[:-1], grids, strict=True):
            product = product * coefficients[vectors[i][g][..., 0], vectors[i][g][..., 1]]
        sums.append(product.sum().real)
        counts.append(closed.sum())
    return np.array(sums), np.array(counts)


@pytest.mark.parametrize("shape", [(9, 9), (8, 10)], ids=str)
@pytest.mark.parametrize("order", [3, 4])
def test_polyspectra_are_means_over_closed_polygons(shape, order, rng):
    x = rng.normal(size=shape) ** 3
    compute = d.bispectrum if order == 3 else d.trispectrum
    sums, counts = direct_sums(x, 3, order)
    expected = sums[counts > 0] / counts[counts > 0]
    _, values = compute(x, 3, d.by_count)
    assert np.allclose(values, expected, atol=1e-10 * np.abs(expected).max())


def test_normalizations_differ_by_power_and_count(rng):
    x = rng.gamma(1.0, size=(32, 32))
    sets, count, power, both = *d.bispectrum(x, 4, d.by_count), d.bispectrum(x, 4, d.by_power)[1], d.bispectrum(x, 4)[1]
    masks = domain.bands((32, 32), domain.log_edges(32, 4), right=True)
    n = domain.count_polygons(masks, sets) / 32
    assert np.allclose(power / n, both)
    p = domain.bin_means(np.abs(np.fft.fft2(x, norm="ortho")) ** 2, masks)
    assert np.allclose(count / np.sqrt(np.prod(p[sets], axis=1)), both)


def test_scaling_laws(rng):
    x = rng.gamma(1.0, size=(32, 32))
    assert np.allclose(d.bispectrum(x)[1], d.bispectrum(3 * x)[1])
    assert np.allclose(d.bispectrum(x)[1], -d.bispectrum(-x)[1])
    assert np.allclose(d.trispectrum(x)[1], d.trispectrum(-x)[1])
    assert np.allclose(d.band_bispectrum(x)[1], d.band_bispectrum(np.roll(x, (3, 5), (0, 1)))[1])


@pytest.mark.parametrize("bins", [5, 8])
def test_band_bispectrum_by_its_formula(bins):
    """With 8 bands the peer's margin of .5 in the rule would leave sets out."""
    x = read("vorticity").astype(float)
    z = (x - x.mean()) / x.std()
    e = np.logspace(0, np.log10(1.415 * 64), bins + 1)
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(128, 1 / 128), np.fft.fftfreq(128, 1 / 128)))
    c = [np.fft.ifft2(np.fft.fft2(z) * ((k > e[i]) & (k <= e[i + 1]))).real for i in range(bins)]
    p = [(u**2).mean() for u in c]
    expected = [
        (c[i] * c[j] * c[m]).mean() / np.sqrt(p[i] * p[j] * p[m])
        for i in range(bins) for j in range(i, bins) for m in range(j, bins) if e[i + 1] + e[j + 1] > e[m]
    ]  # fmt: skip
    assert np.allclose(d.band_bispectrum(x, bins)[1], expected)


def plain_row(r, s):
    """The columns of the quality table once more, formula by formula."""
    side = len(r)
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(side, 1 / side), np.fft.fftfreq(side, 1 / side)))
    e = np.logspace(0, np.log10(1.415 * side / 2), 11)
    spectrum = lambda x: np.array([
        (np.abs(np.fft.fft2(x - x.mean())) ** 2)[(k >= a) & (k < b)].mean() for a, b in zip(e[:-1], e[1:], strict=True)
    ])  # fmt: skip
    ratio = 10 * np.log10(spectrum(s) / spectrum(r))
    q = (np.arange(2000) + 0.5) / 2000
    w1 = lambda a, b: np.abs(np.quantile(a, q) - np.quantile(b, q)).mean() / a.std()
    kurt = lambda x: ((x - x.mean()) ** 4).mean() / x.var() ** 2
    inc = lambda x, lag: np.concatenate([(np.roll(x, -lag, a) - x).ravel() for a in (0, 1)])
    sq = lambda p: np.mean(
        [abs((np.abs(inc(s, n)) ** p).mean() / (np.abs(inc(r, n)) ** p).mean() - 1) for n in (1, 2, 4, 8, 16)]
    )
    return {
        "power_rms": np.sqrt((ratio**2).mean()), "power_max": np.abs(ratio).max(), "wasserstein": w1(r, s),
        "std_ratio": s.std() / r.std(), "skewness": ((s - s.mean()) ** 3).mean() / s.std() ** 3, "kurtosis": kurt(s),
        "wasserstein_lag_1": w1(inc(r, 1), inc(s, 1)), "wasserstein_lag_4": w1(inc(r, 4), inc(s, 4)),
        "kurtosis_lag_1": kurt(inc(s, 1)), "structure_2": sq(2), "structure_4": sq(4), "target_kurtosis": kurt(r),
        "target_kurtosis_lag_1": kurt(inc(r, 1)),
    }  # fmt: skip


@pytest.mark.parametrize("field", [0, 2])
def test_compare_is_the_table_of_plain_formulas(field):
    r, s = STORED["x"][field], STORED["x"][field].T ** 2 + STORED["x"][3]
    row = d.compare(r, s).to_dict()
    for name, value in plain_row(r, s).items():
        assert np.isclose(row[name], value, rtol=1e-10), f"{name}: {row[name]}, expected {value}"
    minkowski = [row[f"minkowski_{i}"] for i in range(3)]
    assert np.allclose(minkowski, d.minkowski_error(r, s))
    assert (row["bispectrum"], row["target_bispectrum"]) == d.bispectrum_error(r, s)


def test_compare_sees_what_a_surrogate_lacks():
    x = read("vorticity")
    row = d.compare(x, d.surrogate(jax.random.key(0), x))
    assert row.power_max < 1e-4 and row.minkowski_2 > 0.1 and row.bispectrum > row.target_bispectrum / 2
    assert d.compare(x, x).minkowski_2 == 0


def test_comparison_prints_every_column():
    x = read("vorticity")
    row = d.compare(x, x)
    text = str(row)
    assert all(name.removeprefix("target_") in text for name in row.to_dict())
    assert text.count("target") == 3 and len(text.splitlines()) == len(row.to_dict()) - 3
    assert all(isinstance(value, float) for value in row.to_dict().values())


def test_old_names_of_a_comparison_warn():
    row = d.Comparison(*map(float, range(18)))
    with pytest.warns(DeprecationWarning, match="reference_kurtosis is now target_kurtosis"):
        assert row.reference_kurtosis == row.target_kurtosis
    with pytest.raises(AttributeError, match="has no 'flatness'"):
        row.flatness  # noqa: B018
