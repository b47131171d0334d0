"""Synthesis from phase harmonic and rectifier covariances: larger canvases, coarse to fine, polish, color."""

import jax
import numpy as np
import pytest

import scatjax as sj

BRICK = sj.fields.read("brick64")
QUIET = {"report": None}


def harmonics(shape, J=2, **options):
    return sj.PhaseHarmonics(sj.wavelets.bump_steerable(shape, J=J, L=4), sj.pairs.pywph(J=J, L=4, **options))


def test_a_larger_canvas_has_the_targets_moments():
    """Centers and scales go along: measured anew on the large canvas, the moments are the small target's."""
    x = BRICK[:32, :32]
    phi = harmonics(x.shape)
    r = sj.synthesize(jax.random.key(0), phi, x, shape=(48, 64), max_steps=150, tolerance=0.03, **QUIET)
    assert r.fields.shape == (1, 48, 64) and r.statuses() == ["converged"]
    fitted = phi.fit(x)
    want, got = fitted.vector(x), fitted.at((48, 64)).vector(r.fields[0])
    assert np.linalg.norm(got - want) < 0.031 * np.linalg.norm(want)


def test_coarse_to_fine():
    """The fine descent starts from the coarse field: its low wave numbers are still those at the end of few steps."""
    maps = [harmonics((32, 32)), harmonics((64, 64), J=3)]
    steps = {"max_steps": 60, "tolerance": 0.05}
    r = sj.synthesize(jax.random.key(0), maps, BRICK, **steps, **QUIET)
    alone = sj.synthesize(jax.random.key(0), maps[1], BRICK, **steps, **QUIET)
    assert r.fields.shape == (1, 64, 64) and float(r.residual[0]) < 0.1
    coarse = sj.synthesize(jax.random.key(0), maps[0], sj.synthesis.problem.cut_to(BRICK, (32, 32)), **steps, **QUIET)
    low = lambda y: np.fft.fft2(y)[np.ix_(range(-6, 7), range(-6, 7))]
    agree = lambda a, b: abs(np.vdot(low(a), low(b))) / np.linalg.norm(low(a)) / np.linalg.norm(low(b))
    center = lambda y: np.asarray(y - y.mean())
    ours, theirs = (agree(center(coarse.fields[0]), center(y.fields[0])) for y in (r, alone))
    assert ours > 0.7 > theirs, (ours, theirs)


def test_one_variable_a_map():
    """Each canvas is whitened by its own spectrum; variables that are not one per map are refused."""
    maps = [harmonics((32, 32)), harmonics((64, 64), J=3)]
    targets = [sj.synthesis.problem.cut_to(BRICK, phi.shape) for phi in maps]
    variables = [sj.Whitened.of(x, tilt=1) for x in targets]
    r = sj.synthesize(jax.random.key(0), maps, BRICK, variable=variables, max_steps=40, tolerance=0.05, **QUIET)
    assert float(r.residual[0]) < 0.1
    with pytest.raises(sj.InputError, match="1 variables and 2 maps"):
        sj.synthesize(jax.random.key(0), maps, BRICK, variable=variables[:1], **QUIET)


def test_levenberg_marquardt_polishes_few_moments():
    """Far fewer moments than pixels: a few dual steps go where L-BFGS would need hundreds."""
    phi = harmonics((32, 32), classes=["S11", "S00"])
    x = BRICK[:32, :32]
    assert 8 * len(phi.table) < x.size
    chain = [sj.LBFGS(), sj.LevenbergMarquardt()]
    r = sj.synthesize(jax.random.key(1), phi, x, solver=chain, max_steps=[30, 12], tolerance=[1e-2, 1e-5], **QUIET)
    assert r.statuses() == ["converged"] and float(r.residual[0]) <= 1e-5


def test_color_on_a_whitened_variable():
    """Channels of map, start and variable go together, and the sample has the hues of the target."""
    x = sj.fields.read("wood64")[:, :32, :32]
    pairs = sj.pairs.alpha_color(J=2, L=4, A=4, scale_steps=0)
    phi = sj.RectifierCovariances(sj.wavelets.morlet((32, 32), J=2, L=4), pairs, channels=3)
    phi = sj.Stack([phi, sj.ChannelCorrelation((32, 32), 3), sj.Quantiles((32, 32), 16, channels=3)], [1, 5, 1])
    variable = sj.Whitened.of(x, channels=3, floor=1e-2)
    start = sj.SameSpectrum()
    r = sj.synthesize(
        jax.random.key(0), phi, x, variable=variable, start=start, max_steps=60, tolerance=0.05, **QUIET
    )  # fmt: skip
    assert r.fields.shape == (1, 3, 32, 32)
    correlation = lambda y: np.corrcoef(np.asarray(y).reshape(3, -1))
    assert np.abs(correlation(r.fields[0]) - correlation(x)).max() < 0.05
    assert np.abs(np.mean(r.fields[0], (1, 2)) - x.mean((1, 2))).max() < 0.02


@pytest.mark.parametrize("law", [sj.White(), sj.SameSpectrum(), sj.SameSpectrum(0.5)], ids=["white", "same", "smooth"])
def test_starts_of_color_have_each_channels_law(law):
    from scatjax.synthesis.start import Reference

    x = jax.numpy.asarray(sj.fields.read("wood64"))
    reference = Reference(x[None], x.mean((1, 2)), x.std((1, 2)))
    y = np.asarray(law.prepare(reference, x.shape, 2)(jax.random.key(0), 0))
    assert np.abs(y.mean((1, 2)) - x.mean((1, 2))).max() < 0.02
    assert np.abs(y.std((1, 2)) / x.std((1, 2)) - 1).max() < 0.3
