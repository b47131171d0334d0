"""Pictures of series: the statistics with their bands, and the dashboard of scattering spectra, hold what they say."""

import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import diagnostics, plot
from scatjax.coefficients import Coefficients, Table
from scatjax.errors import InputError

J = 5


def titles(figure) -> list[str]:
    return [axis.get_title(loc="left") for axis in figure.axes]


def phi3(a):
    return 0.2 * 2.0**-a * np.exp(0.3j * a)


def phi4(a, b):
    return 2.0**b * 0.5 ** (a + 1) * np.exp(0.1j * a * b)


def spectra(bumps=None, *, invariant: bool = False) -> Coefficients:
    """Self-similar numbers as `sj.ScatteringSpectra` of series holds them; `bumps`: one number per sample, added."""
    rows = [("Phi1", j, -1, -1, -1, 0, 0.8 + 0j) for j in range(J)]
    rows += [("Phi2", j, -1, -1, -1, 0, 2.0**-j + 0j) for j in range(J + 1)] + [("mean", -1, -1, -1, -1, 0, 0j)]
    rows += [("Phi3", jr, J, -1, -1, 0, 7.0 + 0j) for jr in range(J)]
    if invariant:
        rows += [("Phi3(a)", -1, -1, -1, a, 0, phi3(a)) for a in range(J)]
        rows += [("Phi4(a,b)", -1, -1, -1, a, b, phi4(a, b)) for a in range(J - 1) for b in range(a + 1 - J, 0)]
    else:
        rows += [("Phi3", jr, jl, -1, -1, 0, phi3(jl - jr)) for jl in range(J) for jr in range(jl + 1)]
        rows += [
            ("Phi4", jr, jl, j, -1, 0, 9.0 + 0j if j == J else phi4(jl - jr, jl - j))
            for jl in range(J) for j in range(jl + 1, J + 1) for jr in range(jl + 1)
        ]  # fmt: skip
    parts = [(*row[:-1], part, value) for row in rows for part, value in (("re", row[-1].real), ("im", row[-1].imag))
             if part == "re" or value]  # fmt: skip
    names = ("kind", "j1", "j2", "j3", "a", "b", "part", "value")
    columns = dict(zip(names, zip(*parts, strict=True), strict=True))
    values = np.array(columns.pop("value"))
    table = Table(**{name: list(column) for name, column in columns.items()})
    if bumps is not None:
        values = values + np.asarray(bumps)[:, None] * (np.array(columns["part"]) == "re")
    return Coefficients(jnp.asarray(values), table)


@pytest.mark.parametrize("invariant", [False, True], ids=["scales", "invariant"])
def test_the_dashboard_draws_the_numbers_it_was_given(invariant):
    figure = plot.scattering_spectra(spectra(invariant=invariant))
    sparsity, skewness, envelopes, variance, turn, phases = figure.axes
    y = lambda axis, at=0: np.asarray(axis.lines[at].get_ydata(), float)
    np.testing.assert_allclose(y(sparsity), [0.64] * J)
    np.testing.assert_allclose(y(variance), 2.0 ** -np.arange(J))
    np.testing.assert_allclose(y(variance, 1), [2.0**-J], err_msg="the low-pass stands apart")
    np.testing.assert_allclose(y(skewness), 0.2 * 2.0 ** -np.arange(J), err_msg="the low-pass of Phi3 is no lag")
    np.testing.assert_allclose(y(turn), 0.3 * np.arange(J), atol=1e-12)
    for a in range(J - 1):
        b = np.arange(a + 1 - J, 0)
        np.testing.assert_array_equal(envelopes.lines[a].get_xdata(), b)
        np.testing.assert_allclose(y(envelopes, a), 0.5 ** (a + 1), err_msg="2^-b |Phi4|")
    np.testing.assert_allclose(y(phases, 0), 0.1 * np.arange(2 - J, 0), atol=1e-12)
    assert not skewness.collections and not skewness.containers, "one path without resamples has no error, no spread"


def test_phases_of_nothing_are_not_drawn():
    c = spectra()
    small = np.where(c.table["kind"] == "Phi3", 1e-3, 1.0) * np.asarray(c.values)
    figure = plot.scattering_spectra(Coefficients(jnp.asarray(small), c.table))
    assert np.isnan(figure.axes[4].lines[0].get_ydata()).all() and figure.axes[4].get_ylim()[1] < 1
    assert figure.axes[4].get_xlim() == figure.axes[1].get_xlim()  # of the lags, where nothing sets the limits


def bars(axis) -> np.ndarray:
    """Half the length of the first error bars drawn."""
    segments = axis.containers[0].lines[2][0].get_segments()
    return np.array([(segment[1, 1] - segment[0, 1]) / 2 for segment in segments])


def test_phases_within_two_errors_of_nothing_are_not_drawn():
    bumps = 0.02 * np.array([-1, 1, -1, 1])  # their error is .0231 / 2, across the real axis 0
    drawn = plot.scattering_spectra(spectra(bumps)).axes[4].lines[0].get_ydata()
    np.testing.assert_array_equal(np.isnan(drawn), 0.2 * 2.0 ** -np.arange(J) < 0.0231 * np.cos(0.3 * np.arange(J)))


def test_error_bars_are_standard_errors_of_realizations_and_spreads_of_resamples():
    bumps = 0.1 * np.array([-0.03, 0.01, 0.02, 0.0])
    spread = bumps.std(ddof=1)
    many = plot.scattering_spectra(spectra(bumps))
    np.testing.assert_allclose(bars(many.axes[0]), 1.6 * spread / 2, rtol=1e-5)
    np.testing.assert_allclose(bars(many.axes[1]), np.cos(0.3 * np.arange(J)) * spread / 2, rtol=1e-5)
    across = np.arctan(np.sin(0.3 * np.arange(J)) * spread / 2 / (0.2 * 2.0 ** -np.arange(J)))
    np.testing.assert_allclose(bars(many.axes[4]), across, atol=1e-6)
    one = plot.scattering_spectra(spectra(), spectra(bumps))
    np.testing.assert_allclose(bars(one.axes[3]), spread, rtol=1e-5)
    np.testing.assert_allclose(one.axes[0].lines[0].get_ydata(), 0.64)


def test_models_are_laid_over_each_other_and_broken_similarity_is_seen(tmp_path, rng):
    other = spectra()
    at = other.table.rows(kind="Phi3", j1=0, j2=1, part="re")
    values = np.asarray(other.values).copy()
    values[at] += 0.1
    c = {"target": spectra(0.01 * rng.standard_normal(6)), "model": Coefficients(jnp.asarray(values), other.table)}
    figure = plot.scattering_spectra(c, {"model": spectra(0.02 * rng.standard_normal(9))})
    assert titles(figure)[2:4] == [rf"$|\Phi_4|(a,b)\,2^{{-b}}$ of {name}" for name in c]
    assert [t.get_text() for t in figure.axes[0].get_legend().get_texts()] == [*c, "Gaussian"]
    bands = [type(drawn).__name__ for drawn in figure.axes[1].collections]
    assert bands.count("FillBetweenPolyCollection") == 1, "one scale of the second model differs: its spread is seen"
    plot.save(figure, tmp_path / "dashboard.png")


def test_the_dashboard_refuses_what_it_cannot_read():
    c = spectra()
    twice = Table(**{name: np.concatenate([column, column]) for name, column in c.table.columns.items()})
    cases = [
        (lambda: plot.scattering_spectra(Coefficients(jnp.zeros((1, 4)), Table(kind=["Phi1"]), 1)), "means over time"),
        (lambda: plot.scattering_spectra(Coefficients(jnp.zeros(1), Table(kind=["S1"]))), "of a series"),
        (lambda: plot.scattering_spectra(Coefficients(jnp.tile(c.values, 2), twice)), "one channel"),
        (lambda: plot.scattering_spectra(Coefficients(c.values * np.nan, c.table)), "NaN"),
        (lambda: plot.scattering_spectra(c, {"x": c}), "same names"),
        (lambda: plot.scattering_spectra({}), "1 to 5"),
    ]
    for call, word in cases:
        with pytest.raises(InputError, match=word):
            call()


def test_time_series_has_six_panels_and_the_statistics_of_each_series(tmp_path):
    rng = np.random.default_rng(0)
    r = {"target": 0.01 * rng.standard_t(4, 1024), "sample": 3 * rng.standard_normal(700)}
    figure = plot.time_series(r, samples=8, unit="days")
    assert len(figure.axes) == 6 and figure.axes[2].get_xlabel() == "lag (days)"
    assert [text.get_text() for text in figure.axes[2].get_legend().get_texts()] == list(r)
    for number, values in enumerate(r.values()):
        lags = [2**k for k in range(int(np.log2(len(values) / 32)) + 1)]
        drawn = figure.axes[2].lines[2 * number].get_ydata()  # each is followed by the line at 3
        np.testing.assert_allclose(drawn, diagnostics.path_kurtosis(values, lags))
    volatility = diagnostics.volatility_autocorrelation(r["target"], 100)
    np.testing.assert_allclose(figure.axes[3].lines[0].get_ydata(), volatility)
    smile = diagnostics.smile(r["target"], (5,), np.linspace(-2, 2, 9))[0] / r["target"].std()
    np.testing.assert_allclose(figure.axes[5].lines[0].get_ydata(), smile)
    other = 0.01 * r["sample"] / r["sample"].std()
    smile = diagnostics.smile(other, (5,), np.linspace(-2, 2, 9))[0] / 0.01
    drawn = next(line for line in figure.axes[5].lines[3:] if len(line.get_xdata()) == 9)
    np.testing.assert_allclose(drawn.get_ydata(), smile, err_msg="std 3 is of no log returns: its smile is that of 1 %")
    plot.save(figure, tmp_path / "series.png")


@pytest.mark.parametrize(
    "r, word",
    [(np.zeros(512), "constant"), (np.ones((2, 512)), "one field"), (np.arange(9.0), "256"), ({}, "1 to 5")],
    ids=["constant", "two", "short", "none"],
)
def test_series_that_cannot_be_drawn_name_the_remedy(r, word):
    with pytest.raises(InputError, match=word):
        plot.time_series(r)
