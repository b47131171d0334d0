"""What may be matched, on which canvas, and in which variable."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.coefficients import Coefficients, Table
from scatjax.energies import Centered, Composed, Fixed, Whitened
from scatjax.errors import InputError
from scatjax.moments import Marginals, Quantiles, ScatteringSpectra, Stack
from scatjax.synthesis import Given, SameSpectrum, synthesize
from scatjax.synthesis.problem import cut_to, pose
from scatjax.wavelets import morlet

SHAPE = (12, 12)
PHI = Marginals(SHAPE, J=1)
KEY = jax.random.key(3)
X = np.random.default_rng(0).gamma(2.0, size=SHAPE).cumsum(1).astype(np.float32)


def draw(phi, target, **kw):
    """One sample, silent, to 1 %, unless told otherwise."""
    return synthesize(KEY, phi, target, **(dict(max_steps=80, tolerance=1e-2, report=None) | kw))


def moments(phi, fields):
    """The map's numbers in float64."""
    return np.asarray(jax.jit(phi.vector)(np.asarray(fields)), float)


def relative(got, want):
    return np.sqrt(((got - want) ** 2).sum(-1) / (want**2).sum(-1))


def test_stack_of_fields():
    """Normalized by the mean power, matched to the mean moments; not to those of any field."""
    stack = np.stack([X, 3 * X[::-1] + 1, X.T.copy()])
    fitted = PHI.fit(stack)
    want = moments(fitted, stack).mean(0)
    r = draw(PHI, stack, max_steps=30)  # no one field may have them all
    assert r.residual[0] < 0.2 and r.fields.shape == (1, *SHAPE)
    assert np.allclose(relative(moments(fitted, r.fields), want), r.residual, rtol=1e-2)
    assert np.all(relative(moments(fitted, stack), want) > 0.02)


@pytest.fixture(scope="module")
def fitted():
    """A fitted map and its coefficients."""
    phi = PHI.fit(X)
    return phi, jax.jit(phi)(X)


def test_stored_coefficients(fitted, tmp_path):
    phi, c = fitted
    c.save(tmp_path / "c.npz")
    r = draw(phi, Coefficients.load(tmp_path / "c.npz"))
    assert r.statuses() == ["converged"]
    assert relative(moments(phi, r.fields[0]), np.asarray(c.values, float)) < 1.01e-2


def test_stack_of_coefficients_is_their_mean(fitted):
    phi, c = fitted
    both = Coefficients(jnp.stack([c.values, 2 * c.values]), c.table)
    r = draw(phi, both, max_steps=1)
    assert np.allclose(relative(moments(phi, r.fields), 1.5 * np.asarray(c.values, float)), r.residual, rtol=1e-4)


def test_edited_coefficients(fitted):
    """Twice the variance at every scale: log variance plus log 2, in the samples too."""
    phi, c = fitted
    more = jnp.where(jnp.asarray(c.table["kind"] == "log variance"), jnp.log(jnp.asarray(2.0)), 0.0)
    edited = jax.tree.map(lambda v: v + more, c).select(kind=["mean/std", "log variance"])
    r = draw(phi, edited, tolerance=1e-3)
    assert r.statuses() == ["converged"] and abs(float(r.fields.var()) / (2 * X.var()) - 1) < 0.02


def test_selected_rows_alone_are_matched(fitted):
    """What select left out is free: the residual is over the rows that are there."""
    phi, c = fitted
    part = c.select(kind=["skewness", "kurtosis"])
    r = draw(phi, part)
    got = np.asarray(jax.jit(phi)(r.fields[0]).select(kind=["skewness", "kurtosis"]).values, float)
    assert np.allclose(relative(got, np.asarray(part.values, float)), r.residual[0], rtol=1e-2)
    assert r.statuses() == ["converged"]


def test_coefficients_need_a_fitted_map(fitted):
    _, c = fitted
    with pytest.raises(InputError, match=r"pass the map that measured it, phi.fit\(field\)"):
        draw(PHI, c)


def test_coefficients_of_another_map(fitted):
    phi, c = fitted
    other = Coefficients(jnp.ones(2), Table(kind=["S7", "kurtosis"], j=[0, 0]))
    with pytest.raises(
        InputError, match=r"target has 1 rows that phi does not measure \(\['S7\[j=0\]'\]\): use the same map"
    ):
        draw(phi, other)
    with pytest.raises(InputError, match="target is empty"):
        draw(phi, c.select(kind="none"))
    with pytest.raises(InputError, match=r"target holds 1 values that are NaN or Inf, the first at index \(2,\)"):
        draw(phi, Coefficients(c.values.at[2].set(jnp.nan), c.table))
    with pytest.raises(InputError, match="SameSpectrum needs a field as target"):
        draw(phi, c, start=SameSpectrum())


def test_weights(fitted):
    """Rows of weight 0 are free; the residual is the weighted one."""
    phi, c = fitted
    weights = np.array([1.0, 0, 0, 2, 2, 0, 0])
    r = draw(phi, X, weights=weights)
    got, want = moments(phi, r.fields[0]), np.asarray(c.values, float)
    assert np.allclose(relative(weights * got, weights * want), r.residual[0], rtol=1e-2) and r.residual[0] <= 1e-2


def test_stack_of_maps_brings_its_weights():
    """E = |w (phi(y) - phi*)|^2 / 2 |w phi*|^2."""
    phi = Stack([PHI, Quantiles(SHAPE, 5)], weights=(1, 0.25))
    problem, y = pose(phi, X), X[::-1].copy() + 1
    assert np.array_equal(problem.weights, phi.weights) and problem.state_shape == SHAPE
    got, want = moments(problem.phi, y), moments(problem.phi, X)
    energy = 0.5 * relative(phi.weights * got, phi.weights * want) ** 2
    assert np.allclose(jax.jit(problem.energy())(y), energy, rtol=1e-4)


def test_ensemble(fitted):
    """The mean of the members' moments is the target's; single members need not match. One state, one status."""
    phi, c = fitted
    r = draw(phi, X, num_samples=4, ensemble=True, tolerance=1e-3)
    each, want = moments(phi, r.fields), np.asarray(c.values, float)
    assert r.fields.shape == (4, *SHAPE) and r.statuses() == ["converged"] * 4
    assert np.allclose(relative(each.mean(0), want), r.residual, rtol=0.05) and np.all(relative(each, want) > 2e-3)
    assert r.steps.shape == (4,) and len(set(r.steps.tolist())) == 1


def test_another_canvas(fitted):
    """Samples of a larger, non-square canvas have the target's moments."""
    phi, c = fitted
    r = draw(phi, X, shape=(20, 15))
    moved = phi.at((20, 15))
    assert r.fields.shape == (1, 20, 15) and r.statuses() == ["converged"]
    assert relative(moments(moved, r.fields[0]), np.asarray(c.values, float)) < 1.01e-2


def test_coarse_to_fine():
    """The coarse result's wave numbers begin the finer scale: stages are counted through, both canvases match."""
    seen = []
    maps = [Marginals((6, 6), 1), PHI]
    r = draw(maps, X, report=seen.append)
    assert r.fields.shape == (1, *SHAPE) and r.statuses() == ["converged"]
    assert sorted({(p.stage, p.stages) for p in seen}) == [(1, 2), (2, 2)]
    fitted = PHI.fit(X)
    assert relative(moments(fitted, r.fields[0]), moments(fitted, X)) < 1.01e-2


def test_coarse_view_of_the_target():
    """The target of a coarse map is cut in Fourier: the wave numbers -3..2 of -6..5."""
    k = [0, 1, 2, -3, -2, -1]
    want = np.fft.ifft2(np.fft.fft2(X, norm="forward")[np.ix_(k, k)], norm="forward").real
    assert np.abs(np.asarray(cut_to(X, (6, 6))) - want).max() < 1e-4 and cut_to(X, SHAPE).shape == SHAPE


def test_coarse_to_fine_errors(fitted):
    phi, c = fitted
    with pytest.raises(InputError, match="coarse-to-fine maps need a field as target"):
        draw([Marginals((6, 6), 1), phi], c)
    with pytest.raises(InputError, match="order maps from coarse to fine"):
        draw([PHI, Marginals((24, 24), 1)], X)


def test_one_field_of_a_pair_is_given():
    """Two channels, the first held by Fixed: it comes back to the bit, the second matches the cross spectra."""
    rng = np.random.default_rng(4)
    pair = rng.normal(size=(2, *SHAPE)).astype(np.float32)
    pair[1] += np.roll(pair[0], 1, axis=0)
    phi = ScatteringSpectra(morlet(SHAPE, J=1, L=1), isotropic=True, channels=2)
    mask = np.zeros((2, *SHAPE), bool)
    mask[0] = True
    r = draw(phi, pair, variable=Fixed(mask, pair), tolerance=0.03)
    assert r.fields.shape == (1, 2, *SHAPE) and r.statuses() == ["converged"]
    assert np.array_equal(r.fields[0, 0], pair[0]) and np.abs(np.asarray(r.fields[0, 1]) - pair[1]).max() > 0.5


def test_centered_and_whitened(fitted):
    """The same problem in another variable: what comes back is a field, its mean the one given."""
    phi, c = fitted
    r = draw(phi, X, variable=Composed(Centered(float(X.mean())), Whitened.of(X)))
    assert r.statuses() == ["converged"] and abs(float(r.fields.mean() / X.mean()) - 1) < 1e-5
    assert relative(moments(phi, r.fields[0]), np.asarray(c.values, float)) < 1.01e-2


def test_given_fields_go_on(fitted):
    """Given(r.fields) continues: the first step is no worse than where the first run stopped."""
    phi, _ = fitted
    first = draw(phi, X, max_steps=10, tolerance=0)
    after = draw(phi, X, max_steps=10, tolerance=0, start=Given(first.fields))
    assert np.all(np.asarray(after.residual) < np.asarray(first.residual))
