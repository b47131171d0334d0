"""The verb: what its numbers mean, which bits depend on what, and how a run ends."""

import os
import signal

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from scatjax.errors import InputError, Status
from scatjax.moments import Marginals
from scatjax.samplers import LBFGS, GradientDescent, LevenbergMarquardt
from scatjax.samplers import drive as lanes
from scatjax.synthesis import Given, synthesize
from scatjax.synthesis.result import status_names

SHAPE = (12, 12)
PHI = Marginals(SHAPE, J=1)
KEY = jax.random.key(3)
X = np.random.default_rng(0).gamma(2.0, size=SHAPE).cumsum(1).astype(np.float32)


def draw(**kw):
    """Two samples of the cheap map, silent, unless told otherwise."""
    settings = dict(num_samples=2, max_steps=80, tolerance=5e-3, report=None) | kw
    return synthesize(settings.pop("key", KEY), settings.pop("phi", PHI), settings.pop("target", X), **settings)


@pytest.fixture(scope="module")
def drawn():
    """The run that others are compared with."""
    return draw()


def relative_residual(phi, fields, target):
    """|phi(y) - target| / |target| from its definition."""
    values = np.asarray(jax.jit(phi.vector)(fields), float)
    return np.sqrt(((values - target) ** 2).sum(-1) / (target**2).sum())


def test_residual_and_status(drawn):
    fitted = PHI.fit(X)
    target = np.asarray(jax.jit(fitted.vector)(X), float)
    assert drawn.fields.shape == (2, *SHAPE) and drawn.fields.dtype == jnp.float32
    assert np.allclose(drawn.residual, relative_residual(fitted, drawn.fields, target), rtol=1e-3, atol=1e-6)
    assert drawn.statuses() == ["converged"] * 2 and np.all(np.asarray(drawn.residual) <= 5e-3)
    assert np.all(np.asarray(drawn.steps) <= 80) and np.array_equal(drawn.steps, drawn.evaluations)
    assert not np.allclose(drawn.fields[0], drawn.fields[1], atol=0.1)  # independent samples


def test_step_limit(drawn):
    r = draw(max_steps=2)
    assert r.statuses() == ["step_limit"] * 2 and r.steps.tolist() == [2, 2]
    assert np.all(np.asarray(r.residual) > 1e-3)


def test_tolerance_stops_early(drawn):
    """A loose tolerance ends sooner, on the same path."""
    r = draw(tolerance=0.1)
    assert np.all(np.asarray(r.steps) < np.asarray(drawn.steps)) and np.all(np.asarray(r.residual) <= 0.1)
    assert r.statuses() == ["converged"] * 2


@pytest.mark.parametrize("size", [1, 2])
def test_lanes_change_no_bit(size, drawn):
    """Groups of lanes, the last one not full: sample i depends on (key, i) alone."""
    r = draw(num_samples=3, lanes=size)
    assert np.array_equal(r.fields[:2], drawn.fields) and np.array_equal(r.residual[:2], drawn.residual)
    assert r.steps[:2].tolist() == drawn.steps.tolist() and r.statuses() == ["converged"] * 3
    assert not np.allclose(r.fields[2], r.fields[0], atol=0.1)


def test_more_samples_change_no_bit(drawn):
    assert np.array_equal(draw(num_samples=1).fields[0], drawn.fields[0])


@pytest.mark.parametrize("longest, seconds", [(1, 1.0), (7, 1e9), (1000, 1e-9)])
def test_chunks_change_no_bit(longest, seconds, drawn, monkeypatch):
    monkeypatch.setattr(lanes, "LONGEST_CHUNK", longest)
    monkeypatch.setattr(lanes, "CHUNK_SECONDS", seconds)
    r = draw()
    assert np.array_equal(r.fields, drawn.fields) and r.steps.tolist() == drawn.steps.tolist()


def test_keys(drawn):
    """The same key gives the same bits, as an old-style key too; another key gives other fields."""
    raw = draw(key=jax.random.key_data(KEY))
    assert np.array_equal(raw.fields, drawn.fields)
    other = draw(key=jax.random.key(4), max_steps=1)
    assert not np.allclose(other.fields, draw(max_steps=1).fields, atol=0.1)


def test_one_bad_lane_harms_none(drawn):
    """A start that overflows ends in not_finite; the lanes beside keep their bits."""
    good = np.random.default_rng(1).normal(size=(2, *SHAPE)).astype(np.float32)
    bad = good.copy()
    bad[0] *= 1e30
    alone, beside = draw(start=Given(good)), draw(start=Given(bad))
    assert beside.statuses() == ["not_finite", "converged"]
    assert np.array_equal(beside.fields[1], alone.fields[1]) and beside.steps[1] == alone.steps[1]
    assert np.isfinite(beside.fields).all() and beside.steps[0] <= 2


def test_target_is_reached_at_once():
    """Starting at the target: converged, after the one evaluation that says so."""
    r = draw(num_samples=1, start=Given(X))
    assert r.statuses() == ["converged"] and r.steps.tolist() == [1] and np.array_equal(r.fields[0], X)


def test_best_iterate_is_kept():
    """A step size that diverges: what is returned is no worse than the start."""
    start = np.random.default_rng(2).normal(size=SHAPE).astype(np.float32)
    fitted = PHI.fit(X)
    target = np.asarray(jax.jit(fitted.vector)(X), float)
    r = draw(num_samples=1, start=Given(start), solver=GradientDescent(step_size=1e4), max_steps=6)
    assert r.residual[0] <= relative_residual(fitted, start, target) * (1 + 1e-5)
    assert np.allclose(r.residual, relative_residual(fitted, r.fields, target), rtol=1e-4)


def test_chain_of_solvers():
    """Levenberg-Marquardt goes on from where L-BFGS stopped; each has its own limit; steps add up."""
    seen = []
    r = draw(
        num_samples=2, solver=[LBFGS(), LevenbergMarquardt()], max_steps=[4, 8], tolerance=1e-6, report=seen.append
    )
    first = [p for p in seen if p.stage == 1]
    second = [p for p in seen if p.stage == 2]
    assert [p.max_steps for p in (first[0], second[0])] == [4, 8] and first[0].stages == 2
    assert np.all(first[-1].residual > 1e-4) and np.all(second[-1].residual <= first[-1].residual)
    assert r.statuses() == ["converged"] * 2 and np.all(np.asarray(r.steps) > 4)
    assert np.all(np.asarray(r.evaluations) > np.asarray(r.steps))  # a step of the second costs K products
    assert np.all(second[-1].residual < 1e-2 * first[-1].residual)


def test_each_solver_of_a_chain_has_its_tolerance(drawn):
    """The second takes over at 5e-3, where the first alone ends, and ends at its own; a looser one does nothing."""
    seen = []
    solvers = dict(solver=[LBFGS(), LevenbergMarquardt()], max_steps=[80, 8])
    r = draw(**solvers, tolerance=[5e-3, 1e-6], report=seen.append)
    first = [p for p in seen if p.stage == 1][-1]
    assert np.array_equal(first.residual, drawn.residual) and r.statuses() == ["converged"] * 2
    assert np.all(np.asarray(r.residual) <= 1e-6) and np.all(np.asarray(r.steps) > np.asarray(drawn.steps))
    same = draw(**solvers, tolerance=[5e-3, 0.1])
    assert np.array_equal(same.fields, drawn.fields) and same.statuses() == ["converged"] * 2


def test_a_converged_lane_is_left_alone_by_the_next_solver(drawn):
    r = draw(solver=[LBFGS(), LBFGS()])
    assert np.array_equal(r.fields, drawn.fields) and r.steps.tolist() == drawn.steps.tolist()


def test_report(drawn):
    """Progress after each chunk: steps grow to the end, residuals fall, the last entries are the result's."""
    seen = []
    r = draw(report=seen.append)
    steps = [p.step for p in seen]
    assert steps == sorted(set(steps)) and steps[0] == 1 and steps[-1] >= max(np.asarray(r.steps))
    assert all(p.max_steps == 80 and (p.stage, p.stages) == (1, 1) and p.residual.shape == (2,) for p in seen)
    assert np.all(np.diff([p.residual for p in seen], axis=0) <= 0)
    assert np.allclose(seen[-1].residual, r.residual) and np.allclose(seen[-1].energy, np.asarray(r.residual) ** 2 / 2)
    assert status_names(seen[-1].status) == r.statuses() and seen[-1].seconds_left == float("inf")
    assert all(0 <= a.seconds <= b.seconds for a, b in zip(seen, seen[1:], strict=False))
    assert all(np.isfinite(p.seconds_left) for p in seen[:-1])


def test_report_names_the_group():
    seen = []
    draw(lanes=1, max_steps=1, report=seen.append)
    assert [(p.stage, p.stages) for p in seen] == [(1, 2), (2, 2)]


def test_ctrl_c_returns_the_best_so_far(monkeypatch):
    """The signal is heard at the end of the chunk; the handler of before is back afterwards."""
    monkeypatch.setattr(lanes, "LONGEST_CHUNK", 1)
    before, seen = signal.getsignal(signal.SIGINT), []

    def stop(progress):
        seen.append(progress)
        if progress.step == 3:
            os.kill(os.getpid(), signal.SIGINT)

    r = draw(tolerance=0.0, report=stop)
    assert r.statuses() == ["interrupted"] * 2 and r.steps.tolist() == [3, 3] and len(seen) == 3
    assert np.allclose(r.residual, seen[-1].residual) and np.isfinite(r.fields).all()
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_leaves_out_later_groups(monkeypatch):
    """Samples that had not begun come back too, as interrupted."""
    r = draw(
        num_samples=3,
        lanes=1,
        report=lambda progress: os.kill(os.getpid(), signal.SIGINT) if progress.stage == 1 else None,
    )
    assert r.fields.shape == (3, *SHAPE) and r.statuses()[1:] == ["interrupted"] * 2
    assert r.steps.tolist()[1:] == [0, 0] and np.all(np.isinf(np.asarray(r.residual)[1:]))


def test_second_ctrl_c_stops_at_once():
    def stop(progress):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        draw(report=stop)
    assert signal.getsignal(signal.SIGINT) is before


BAD = [
    (dict(key=0), r"key=0 must be a JAX key: pass jax.random.key\(0\)"),
    (dict(num_samples=0), "num_samples=0 must be an integer of at least 1"),
    (dict(num_samples=1.5), "num_samples=1.5 must be"),
    (dict(num_samples=True), "num_samples=True must be"),
    (dict(lanes=0), "lanes=0 must be None or"),
    (dict(tolerance=-1.0), "tolerance=-1.0 must be 0 or positive"),
    (dict(tolerance=float("nan")), "tolerance=nan must be"),
    (dict(tolerance=[1e-2, 1e-3]), r"give one number, or one a solver \(1\)"),
    (dict(tolerance=[-1.0]), r"tolerance=\[-1.0\] must be 0 or positive"),
    (dict(tolerance="a"), "tolerance=a must be"),
    (dict(tolerance=None), "tolerance=None must be"),
    (dict(solver="lbfgs"), "solver='lbfgs' is no sampler"),
    (dict(phi=3), "phi=3 is no moment map"),
    (dict(variable=3), "variable=3 is no variable"),
    (dict(start=3), "start=3 is no start"),
    (dict(max_steps=0), "give each solver at least one step"),
    (dict(max_steps=[3, 3]), "1 solvers and max_steps"),
    (dict(solver=[]), "0 solvers"),
    (dict(phi=[]), "phi is empty"),
    (dict(target=X[:8]), r"x has shape \(8, 12\), expected \(..., 12, 12\)"),
    (dict(target=X[None, None]), "one field or one stack"),
    (dict(target=np.where(X == X[3, 4], np.nan, X)), r"the first at index \(3, 4\)"),
    (dict(target=np.ones_like(X)), "zero variance"),
    (dict(target=X.astype(int)), "convert it to float32 first"),
    (dict(weights=np.ones(3)), r"weights have shape \(3,\): give \(7,\) finite numbers"),
    (dict(weights=np.zeros(7)), "not all 0"),
    (dict(weights=np.full(7, np.nan)), "finite numbers"),
    (dict(start=Given(np.ones((3, 3)))), r"start has shape \(3, 3\), expected \(samples, 12, 12\)"),
    (dict(start=None, target=X[None][:0]), "is empty"),
]


@pytest.mark.parametrize("arguments, message", BAD, ids=[" ".join(a) + str(i) for i, (a, _) in enumerate(BAD)])
def test_bad_arguments(arguments, message, unchecked):
    """One line that names the argument and the remedy."""
    with pytest.raises(InputError, match=message) as error:
        draw(**arguments)
    assert "\n" not in str(error.value)


def test_status_is_an_array_of_the_enumeration(drawn):
    assert np.asarray(drawn.status == Status.converged).tolist() == [True] * 2
