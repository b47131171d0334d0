"""Figures hold what they say, leave no global state behind, and are written whole."""

import jax.numpy as jnp
import numpy as np
import pytest

from scatjax import plot
from scatjax.coefficients import Coefficients, Table
from scatjax.errors import InputError
from scatjax.moments import ScatteringSpectra
from scatjax.wavelets import bump_steerable, morlet, shannon


def titles(figure) -> list[str]:
    return [axis.get_title(loc=loc) for axis in figure.axes for loc in ("left", "center") if axis.get_title(loc=loc)]


def test_target_and_samples_share_one_scale_of_gray(rng):
    target, samples = rng.normal(size=(32, 32)), 5 + 9 * rng.normal(size=(3, 32, 32))
    figure = plot.comparison(target, samples, most=2)
    images = [axis.images[0] for axis in figure.axes if axis.images]
    assert len(images) == 3 and len({image.get_clim() for image in images}) == 1
    assert titles(figure) == ["target", "sample 0", "sample 1", "power spectrum", "histogram"]
    spectra = figure.axes[3].lines
    assert len(spectra) == 4, "all samples enter the curves, those not shown too"


def test_a_sample_with_nan_is_shown_and_not_drawn_as_a_curve(rng):
    target = rng.normal(size=(16, 16))
    samples = np.stack([target, np.full_like(target, np.nan)])
    figure = plot.comparison(target, samples)
    assert len(figure.axes[3].lines) == 2 and len([a for a in figure.axes if a.images]) == 3


def test_samples_may_be_larger_than_the_target(rng, tmp_path):
    figure = plot.comparison(rng.normal(size=(16, 16)), rng.normal(size=(1, 32, 48)))
    assert plot.save(figure, tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("x", [np.zeros(4), np.zeros((2, 4, 4)), np.full((4, 4), np.nan)], ids=["1d", "3d", "nan"])
def test_bad_fields_are_refused(x):
    with pytest.raises(InputError, match="x "):
        plot.field(x)
    with pytest.raises(InputError, match="target "):
        plot.comparison(x, np.zeros((4, 4)))


def test_the_spectrum_of_a_wave_stands_at_its_frequency():
    x = np.cos(2 * np.pi * 8 * np.arange(64) / 64)[None] * np.ones((64, 1))
    frequency, power = plot.radial_spectrum(x)
    assert abs(frequency[power.argmax()] - 8 / 64) < 1 / 64
    assert np.all(np.diff(frequency) > 0)


def test_the_spectrum_of_white_noise_is_its_variance(rng):
    power = plot.radial_spectrum(3 * rng.normal(size=(96, 128)))[1]
    np.testing.assert_allclose(power[-6:], 9, rtol=0.15)


@pytest.mark.parametrize("make", [morlet, bump_steerable, shannon], ids=lambda make: make.__name__)
def test_any_bank_is_drawn(make, tmp_path):
    bank = make((32, 32), J=3, L=4)
    figure = plot.bank(bank)
    assert "12 bands at half maximum" in titles(figure) and titles(figure)[-1].startswith("low pass")
    low, high = bank.frame_bounds()
    assert f"Littlewood–Paley sum, {low:.2f} to {high:.2f}" in titles(figure)
    plot.save(figure, tmp_path / "bank.png")


def test_coefficients_have_a_panel_a_kind(rng, tmp_path):
    phi = ScatteringSpectra(morlet((32, 32), J=3, L=4))
    c = Coefficients(jnp.asarray(rng.normal(size=(2, len(phi.table))), jnp.float32), phi.table)
    figure = plot.coefficients(c)
    assert [title.split("  ")[0].split(" = ")[0] for title in titles(figure)] == c.kinds
    power = figure.axes[c.kinds.index("log P00")].lines
    expected = np.asarray(c.select(kind="log P00", l1=0).values).mean(0)
    np.testing.assert_allclose(power[0].get_ydata(), expected, rtol=1e-6, atol=1e-7)
    plot.save(plot.analysis(rng.normal(size=(32, 32)), phi.bank, c), tmp_path / "analysis.png")


def test_pyramids_are_refused():
    c = Coefficients(jnp.zeros((1, 4, 4)), Table(kind=["U1"]), sites=2)
    with pytest.raises(InputError, match="this picture is of moments"):
        plot.coefficients(c)


def test_nothing_global_is_touched_and_nothing_overwritten(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    figure = plot.field(np.eye(8), "eye")
    plot.save(figure, tmp_path / "a.png")
    assert dict(matplotlib.rcParams) == before
    with pytest.raises(InputError, match="nothing is ever overwritten"):
        plot.save(figure, tmp_path / "a.png")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    import builtins

    true_import = builtins.__import__

    def refuse(name, *arguments):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return true_import(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match=r'pip install "scatjax\[plot\]"'):
        plot.field(np.eye(8))


def test_color_is_drawn_in_its_colors(rng):
    """RGB beside RGB; curves a channel; values of [0, 1] as they are, and of samples cut off."""
    x = rng.uniform(0.2, 0.8, size=(3, 16, 16))
    samples = x[None] + np.array([0.0, 0.5])[:, None, None, None]
    figure = plot.comparison(x, samples)
    images = [axis.images[0].get_array() for axis in figure.axes if axis.images]
    assert len(images) == 3
    np.testing.assert_allclose(images[0], np.moveaxis(x, 0, -1))
    np.testing.assert_allclose(images[2], np.clip(np.moveaxis(x + 0.5, 0, -1), 0, 1))
    spectra = next(axis for axis in figure.axes if axis.get_title(loc="left") == "power spectrum")
    assert len(spectra.lines) == 3 * 3
    assert len(plot.field(x).axes) == 1
    with pytest.raises(InputError, match="expected .sample, .3., y, x. as the target"):
        plot.comparison(x, samples[:, 0])
    with pytest.raises(InputError, match="one image, .y, x. or .3, y, x."):
        plot.field(np.zeros((2, 8, 8)))
