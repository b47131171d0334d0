r"""The line search of Moré and Thuente, turned inside out: one evaluation per call, so that lanes under `vmap` never
wait.

For $f(t) = E(x + t d)$ it finds a t with sufficient decrease and a small slope (the strong Wolfe conditions)

    f(t) <= f(0) + decrease t f'(0),        |f'(t)| <= curvature |f'(0)|,

by cubic and quadratic steps inside an interval that is known to hold one. Source: J. J. Moré, D. J. Thuente, "Line
search algorithms with guaranteed sufficient decrease", ACM TOMS 20 (1994) 286; constants as in MINPACK-2 (`dcsrch`,
`dcstep`) and L-BFGS-B, which accepts its best effort when the interval shrinks to rounding. Where we differ: a
point where the energy is not finite bounds the step from above, the next trial is nearer to the best point, and
sufficient decrease alone then ends the search (asking for a small slope beside a wall would run into it again and
again).
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from ..citations import cites
from ..errors import Status
from ..numbers import Number, count, like, positive


class SearchStatus(Status):
    """How a search ends that finds nothing."""

    line_search_failed: Any = (
        "The line search found no lower energy: this is the rounding floor; polish in float64 or stop."
    )


class Point(eqx.Module):
    """A step t, the energy f there, and its slope g = df/dt."""

    t: Float[Array, ""]
    f: Float[Array, ""]
    g: Float[Array, ""]


class Search(eqx.Module):
    """A search under way: `step` is the one to try next, (`best`, `other`) the ends of the interval of uncertainty."""

    step: Float[Array, ""]
    start: Point
    best: Point
    other: Point
    low: Float[Array, ""]
    high: Float[Array, ""]
    limit: Float[Array, ""]
    width: Float[Array, ""]
    width_before: Float[Array, ""]
    bracketed: Bool[Array, ""]
    second_stage: Bool[Array, ""]
    walled: Bool[Array, ""]
    trials: Int[Array, ""]


@cites("more1994")
class StrongWolfe(eqx.Module):
    """Moré-Thuente search. On the textures grass, brick and gravel (64^2, 12 starts, 200 evaluations) `curvature`
    .9, which L-BFGS-B and optax use, ends at 5.5e-4, .7 to .4 at 1.1e-4 to 2.2e-4, .1 at 3.2e-4 (geometric means of
    the energy).

    **Arguments**

    - `decrease`: the sufficient decrease, as a part of the slope.
    - `curvature`: the largest final slope, as a part of the first one.
    - `resolution`: the relative width at which the interval is given up.
    - `max_trials`: the most evaluations per search.
    """

    decrease: Number
    curvature: Number
    resolution: Number
    max_trials: int = eqx.field(static=True)

    def __init__(
        self, decrease: Number = 1e-3, curvature: Number = 0.7, resolution: Number = 0.1, max_trials: int = 20
    ):
        self.decrease = positive("decrease", decrease)
        self.curvature = positive("curvature", curvature)
        self.resolution = positive("resolution", resolution)
        self.max_trials = count("max_trials", max_trials)

    def begin(self, value: Array, slope: Array, step: Array) -> Search:
        """A search from energy `value` and slope < 0 whose first trial is `step`."""
        zero = jnp.zeros_like(step)
        start = Point(zero, value, slope)
        # the library's own numbers: steps beyond 1e10 or below 1e-20 of the first are rounding
        limit = jnp.full_like(step, 1e10) * jnp.maximum(step, jnp.ones_like(step))
        return Search(
            step=step,
            start=start,
            best=start,
            other=start,
            low=zero,
            high=5.0 * step,
            limit=limit,
            width=limit,
            width_before=2.0 * limit,
            bracketed=jnp.zeros(step.shape, bool),
            second_stage=jnp.zeros(step.shape, bool),
            walled=jnp.zeros(step.shape, bool),
            trials=jnp.zeros(step.shape, jnp.int32),
        )

    def advance(self, search: Search, value: Array, slope: Array, finite: Array) -> tuple[Search, Array, Array]:
        """The search after an evaluation at `search.step`: (search, accepted, failed).

        Neither accepted nor failed: try `search.step` of the search that is returned.
        """
        trials = search.trials + jnp.ones_like(search.trials)
        trial = Point(search.step, value, slope)
        test = like(self.decrease, value) * search.start.g
        # strictly lower: at the rounding floor the sum below is f(0), and equal energies would be accepted for ever
        enough = finite & (value < search.start.f) & (value <= search.start.f + trial.t * test)
        flat = jnp.abs(slope) <= -like(self.curvature, value) * search.start.g
        over = self._exhausted(search, trial, enough, test) | (trials >= self.max_trials)
        accepted = enough & (flat | over | search.walled)
        failed = ~enough & over
        after = jax.tree.map(
            lambda a, b: jnp.where(finite, a, b),
            self._narrow(search, trial, enough, test),
            self._retreat(search, trial),
        )
        return eqx.tree_at(lambda s: s.trials, after, trials), accepted, failed

    def _exhausted(self, search: Search, trial: Point, enough: Array, test: Array) -> Array:
        """No better step can be told from rounding: MINPACK's four warnings."""
        outside = (trial.t <= search.low) | (trial.t >= search.high)
        narrow = search.high - search.low <= like(self.resolution, trial.t) * search.high
        longest = (trial.t >= search.limit) & enough & (trial.g <= test)
        return (search.bracketed & (outside | narrow)) | longest | (trial.t <= jnp.finfo(trial.t.dtype).tiny)

    def _retreat(self, search: Search, trial: Point) -> Search:
        """Not finite: nothing beyond this step is tried, and the next one goes a fifth of the way."""
        step = search.best.t + 0.2 * (trial.t - search.best.t)
        replace = lambda s: (s.step, s.limit, s.high, s.walled)
        return eqx.tree_at(replace, search, (step, 0.9 * trial.t, 0.9 * trial.t, jnp.ones_like(search.walled)))

    def _narrow(self, search: Search, trial: Point, enough: Array, test: Array) -> Search:
        """One update of the interval, on the auxiliary function f(t) - t test f'(0) in the first stage."""
        second = search.second_stage | (enough & (trial.g >= 0))
        auxiliary = ~second & (trial.f <= search.best.f) & ~enough
        shift = jnp.where(auxiliary, test, jnp.zeros_like(test))
        tilt = lambda p, sign: Point(p.t, p.f - sign * p.t * shift, p.g - sign * shift)
        bounds = (search.low, jnp.minimum(search.high, search.limit))
        best, other, step, bracketed = _cubic_step(
            tilt(search.best, 1.0), tilt(search.other, 1.0), tilt(trial, 1.0), search.bracketed, bounds
        )
        best, other = tilt(best, -1.0), tilt(other, -1.0)
        length = jnp.abs(other.t - best.t)
        halve = bracketed & (length >= 0.66 * search.width_before)
        step = jnp.where(halve, best.t + 0.5 * (other.t - best.t), step)
        low = jnp.where(bracketed, jnp.minimum(best.t, other.t), step + 1.1 * (step - best.t))
        high = jnp.where(bracketed, jnp.maximum(best.t, other.t), step + 4.0 * (step - best.t))
        # equal energies and slopes give 0/0 in the cubics: bisect, or go on to the bound
        step = jnp.where(jnp.isfinite(step), step, jnp.where(bracketed, 0.5 * (best.t + other.t), high))
        step = jnp.clip(step, jnp.zeros_like(step), search.limit)
        outside = (step <= low) | (step >= high) | (high - low <= like(self.resolution, step) * high)
        return Search(
            step=jnp.where(bracketed & outside, best.t, step),
            start=search.start,
            best=best,
            other=other,
            low=low,
            high=high,
            limit=search.limit,
            width=jnp.where(bracketed, length, search.width),
            width_before=jnp.where(bracketed, search.width, search.width_before),
            bracketed=bracketed,
            second_stage=second,
            walled=search.walled,
            trials=search.trials,
        )


def _cubic_step(best: Point, other: Point, trial: Point, bracketed: Array, bounds) -> tuple[Point, Point, Array, Array]:
    """The interval that holds a minimizer after a trial, and the next step (Moré, Thuente 1994, section 4)."""
    opposite = trial.g * jnp.sign(best.g) < 0
    higher = trial.f > best.f
    step = jnp.where(
        higher,
        _case_higher(best, trial),
        jnp.where(
            opposite,
            _case_opposite(best, trial),
            jnp.where(
                jnp.abs(trial.g) < jnp.abs(best.g),
                _case_flatter(best, other, trial, bracketed, bounds),
                _case_steeper(best, other, trial, bracketed, bounds),
            ),
        ),
    )
    pick = lambda condition, a, b: jax.tree.map(lambda u, v: jnp.where(condition, u, v), a, b)
    new_other = pick(higher, trial, pick(opposite, best, other))
    return pick(higher, best, trial), new_other, step, bracketed | higher | opposite


def _cubic(p: Point, q: Point) -> tuple[Array, Array]:
    """The theta and gamma of the cubic through two points; gamma >= 0."""
    theta = 3.0 * (p.f - q.f) / (q.t - p.t) + p.g + q.g
    scale = jnp.maximum(jnp.abs(theta), jnp.maximum(jnp.abs(p.g), jnp.abs(q.g)))
    inside = (theta / scale) ** 2 - (p.g / scale) * (q.g / scale)
    return theta, scale * jnp.sqrt(jnp.maximum(inside, jnp.zeros_like(inside)))


def _secant(best: Point, trial: Point) -> Array:
    return trial.t + trial.g / (trial.g - best.g) * (best.t - trial.t)


def _case_higher(best: Point, trial: Point) -> Array:
    """The energy went up: the cubic step, or the mean of cubic and quadratic steps if that is farther from the best."""
    theta, gamma = _cubic(best, trial)
    gamma = jnp.where(trial.t < best.t, -gamma, gamma)
    ratio = ((gamma - best.g) + theta) / (((gamma - best.g) + gamma) + trial.g)
    cubic = best.t + ratio * (trial.t - best.t)
    drop = (best.f - trial.f) / (trial.t - best.t) + best.g
    quadratic = best.t + (best.g / drop) / 2.0 * (trial.t - best.t)
    nearer = jnp.abs(cubic - best.t) <= jnp.abs(quadratic - best.t)
    return jnp.where(nearer, cubic, cubic + (quadratic - cubic) / 2.0)


def _case_opposite(best: Point, trial: Point) -> Array:
    """The slope changed sign: the farther of the cubic and the secant step."""
    theta, gamma = _cubic(best, trial)
    gamma = jnp.where(trial.t > best.t, -gamma, gamma)
    ratio = ((gamma - trial.g) + theta) / (((gamma - trial.g) + gamma) + best.g)
    cubic, secant = trial.t + ratio * (best.t - trial.t), _secant(best, trial)
    return jnp.where(jnp.abs(cubic - trial.t) > jnp.abs(secant - trial.t), cubic, secant)


def _case_flatter(best: Point, other: Point, trial: Point, bracketed: Array, bounds) -> Array:
    """The slope has the same sign and is smaller: cubic if it tends to infinity along the step, else a bound."""
    low, high = bounds
    theta, gamma = _cubic(best, trial)
    gamma = jnp.where(trial.t > best.t, -gamma, gamma)
    ratio = ((gamma - trial.g) + theta) / ((gamma + (best.g - trial.g)) + gamma)
    bound = jnp.where(trial.t > best.t, high, low)
    cubic = jnp.where((ratio < 0) & (gamma != 0), trial.t + ratio * (best.t - trial.t), bound)
    secant = _secant(best, trial)
    farther = jnp.abs(cubic - trial.t) > jnp.abs(secant - trial.t)
    inside = jnp.where(farther, secant, cubic)
    guard = trial.t + 0.66 * (other.t - trial.t)
    inside = jnp.where(trial.t > best.t, jnp.minimum(guard, inside), jnp.maximum(guard, inside))
    return jnp.where(bracketed, inside, jnp.clip(jnp.where(farther, cubic, secant), low, high))


def _case_steeper(best: Point, other: Point, trial: Point, bracketed: Array, bounds) -> Array:
    """The slope does not decrease: the cubic through the other end if there is one, else a bound."""
    low, high = bounds
    theta, gamma = _cubic(trial, other)
    gamma = jnp.where(trial.t > other.t, -gamma, gamma)
    ratio = ((gamma - trial.g) + theta) / (((gamma - trial.g) + gamma) + other.g)
    return jnp.where(bracketed, trial.t + ratio * (other.t - trial.t), jnp.where(trial.t > best.t, high, low))
