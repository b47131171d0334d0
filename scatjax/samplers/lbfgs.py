r"""L-BFGS as a flat state machine: a step is ONE evaluation of the energy, either a trial of the search or a new
direction.

The direction is $-H g$ with H the inverse Hessian of the last `memory` pairs $s = x_{k+1}-x_k$, $y = g_{k+1}-g_k$,
in the compact form of Byrd, Nocedal, Schnabel (Math. Program. 63, 1994, eq. 3.13):

    H g = gamma g + S R^-T ((D + gamma Y^T Y) p - gamma Y^T g) - gamma Y p,      p = R^-1 S^T g,
    R = triu(S^T Y), D = diag(S^T Y), gamma = s.y / y.y of the newest pair,

that is one product of the history with (g, y) and one with coefficients, in place of the 4 m sweeps of the two
loops; the same numbers. The line search is `StrongWolfe` (search.py). Choose it first: for any smooth energy, down
to about 1e-4 of the start on ill-conditioned textures and to rounding on others; `LevenbergMarquardt` polishes. It
costs 2 memory + 5 fields of memory.

A search that fails (rounding floor) forgets the history and tries steepest descent once; failing again ends in
`Status.line_search_failed`. A trial that is not finite is shortened, so that only a start that is not finite ends
in `Status.not_finite`.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float, Int

from ..citations import cites
from ..errors import Status
from ..numbers import count
from .sampler import AbstractSampler, AbstractState, Info, choose, fresh, is_running, select
from .search import Search, SearchStatus, StrongWolfe


class History(eqx.Module):
    """The last pairs and the products that the compact form needs; slot i holds pair number i modulo memory.

    - `pairs` (2, memory, n): steps s and gradient differences y.
    - `products` (2, memory, memory): S Y^T and Y Y^T.
    - `stored`: how many pairs came since the last reset.
    """

    pairs: Float[Array, "2 memory n"]
    products: Float[Array, "2 memory memory"]
    stored: Int[Array, ""]

    @classmethod
    def empty(cls, memory: int, x: Array) -> "History":
        """A memory that holds no pairs yet."""
        return cls(
            jnp.zeros((2, memory, x.size), x.dtype), jnp.zeros((2, memory, memory), x.dtype), jnp.zeros((), jnp.int32)
        )

    def push(self, keep: Array, s: Array, y: Array, gradient: Array) -> tuple["History", Array]:
        """The history with the pair (s, y) if `keep`, and the products (2, memory) of all pairs with the gradient."""
        memory = self.pairs.shape[1]
        slot = self.stored % memory
        pair = jnp.where(keep, jnp.stack([s, y]), self.pairs[:, slot])
        pairs = self.pairs.at[:, slot].set(pair)
        both = jnp.stack([gradient, pair[1]], axis=1)
        # one flat (2 memory, n) x (n, 2) product: as an einsum over three axes it takes twice the time on a CPU
        products = jnp.dot(pairs.reshape(2 * memory, -1), both, precision="highest")
        with_gradient, with_y = jnp.moveaxis(products, -1, 0).reshape(2, 2, memory)
        old = self.products
        new = old.at[:, :, slot].set(with_y).at[1, slot, :].set(with_y[1])
        return History(pairs, jnp.where(keep, new, old), self.stored + keep.astype(jnp.int32)), with_gradient

    def apply(self, gradient: Array, with_gradient: Array) -> Array:
        """H g; g itself if nothing is stored."""
        memory = self.pairs.shape[1]
        age = jnp.arange(memory, dtype=jnp.int32)
        slots = (self.stored - memory + age) % memory
        there = age >= memory - self.stored
        both, same = there[:, None] & there[None, :], age[:, None] == age[None, :]
        sy, yy = (jnp.where(both, product[slots][:, slots], jnp.zeros_like(product)) for product in self.products)
        with_s, with_y = jnp.where(there[None, :], with_gradient[:, slots], jnp.zeros_like(with_gradient))
        # empty slots have a 1 on the diagonal, so that the triangle stays regular
        triangle = jnp.where(age[:, None] <= age[None, :], sy, jnp.zeros_like(sy)) + (same & ~both).astype(sy.dtype)
        diagonal = jnp.sum(jnp.where(same, sy, jnp.zeros_like(sy)), axis=-1)
        gamma = jnp.where(self.stored > 0, sy[-1, -1] / yy[-1, -1], jnp.ones((), sy.dtype))
        p = solve_triangular(triangle, with_s)
        inner = diagonal * p + gamma * (jnp.sum(yy * p[None, :], axis=-1) - with_y)
        u = solve_triangular(triangle, inner, trans=1)
        coefficients = jnp.zeros_like(with_gradient).at[:, slots].set(jnp.stack([u, -gamma * p]))
        return gamma * gradient + jnp.einsum("km,kmn->n", coefficients, self.pairs, precision="highest")


class LBFGSState(AbstractState):
    """The best point with its energy (infinite before it has been evaluated), the direction and search that leave it,
    and the history.

    `reach`: length of the last step that was taken, the first guess after a reset (before the first step its limit).
    """

    x: Array
    value: Float[Array, ""]
    gradient: Array
    direction: Array
    search: Search
    history: History
    reach: Float[Array, ""]
    status: Any


@cites("byrd1994")
class LBFGS(AbstractSampler):
    """Limited-memory BFGS; one `value_and_grad` per step, under `vmap` too. `info.x` is the best point so far.

    The first step evaluates the start, so that n steps are n evaluations.

    **Arguments**

    - `memory`: how many pairs are kept (40 in place of 20 ends ten times lower after 200 evaluations of ill-conditioned
      textures, where two fields per pair can be afforded).
    - `search`: the line search, `StrongWolfe(...)`.

    >>> energy = lambda x: jnp.sum(jnp.arange(1.0, 5.0) * (x - 1.0) ** 2)
    >>> solver = LBFGS()
    >>> state = solver.init(jnp.zeros(4), energy)
    >>> for _ in range(15):
    ...     state, info = solver.step(None, state, energy)
    >>> bool(info.value < 1e-9)
    True
    """

    search: StrongWolfe
    memory: int = eqx.field(static=True)

    def __init__(self, memory: int = 20, search: StrongWolfe | None = None):
        self.memory = count("memory", memory)
        self.search = StrongWolfe() if search is None else search

    def init(self, x, energy):
        """The state that starts at x."""
        zero, one = jnp.zeros((), x.dtype), jnp.ones((), x.dtype)
        length = jnp.sqrt(jnp.sum(x**2))
        state = LBFGSState(
            x=x,
            value=jnp.full((), jnp.inf, x.dtype),
            gradient=jnp.zeros_like(x),
            direction=jnp.zeros_like(x),
            search=self.search.begin(zero, -one, one),
            history=History.empty(self.memory, x),
            reach=jnp.where(length > 0, 0.1 * length, one),
            status=Status.running,
        )
        return fresh(state)

    def step(self, key, state, energy):
        """One evaluation: the point accepted and a new direction, or the search narrowed."""
        running, begun = is_running(state.status), jnp.isfinite(state.value)
        trial = state.x + state.search.step * state.direction
        value, gradient = jax.value_and_grad(energy)(trial)
        slope = jnp.sum(gradient * state.direction)
        finite = jnp.isfinite(value) & jnp.isfinite(slope)
        search, accepted, failed = self.search.advance(state.search, value, slope, finite)
        accepted = running & jnp.where(begun, accepted, finite)
        failed = running & jnp.where(begun, failed, ~finite)

        x, best, slopes = select(accepted, (trial, value, gradient), (state.x, state.value, state.gradient))
        history, direction, first, reach = self._turn(state, gradient, slope, accepted, failed, best, slopes)
        descent = jnp.sum(direction * slopes)
        status = self._status(state, accepted, failed, finite, descent)
        search = select(accepted | failed, self.search.begin(best, descent, first), search)
        search = select(running & is_running(status), search, state.search)
        direction = jnp.where(accepted | failed, direction, state.direction)
        after = LBFGSState(x, best, slopes, direction, search, history, reach, status)
        return after, Info(x, jnp.where(jnp.isfinite(best), best, value), running.astype(jnp.int32))

    def _turn(self, state: LBFGSState, gradient, slope, accepted, failed, best, slopes):
        """The history after this evaluation, the direction that it gives at the best point, and its first step."""
        step, begun = state.search.step, jnp.isfinite(state.value)
        curvature = step * (slope - state.search.start.g)
        # L-BFGS-B's test: a pair without positive curvature beyond rounding is left out
        enough = curvature > -jnp.finfo(step.dtype).eps * step * state.search.start.g
        keep = accepted & begun & enough
        change = (step * state.direction).reshape(-1)
        history, products = state.history.push(
            keep, change, (gradient - state.gradient).reshape(-1), slopes.reshape(-1)
        )
        newton = -history.apply(slopes.reshape(-1), products).reshape(slopes.shape)
        steepest = failed | (history.stored == 0) | ~(jnp.sum(newton * slopes) < 0)
        stored = jnp.where((accepted | failed) & steepest, jnp.zeros_like(history.stored), history.stored)
        history = eqx.tree_at(lambda h: h.stored, history, stored)
        direction = jnp.where(steepest, -slopes, newton)
        norm = jnp.sqrt(jnp.sum(slopes**2))
        reach = jnp.where(accepted, step * jnp.sqrt(jnp.sum(state.direction**2)), state.reach)
        reach = jnp.where(begun, reach, _first_reach(state.reach, best, norm))
        first = jnp.where(steepest & (norm > 0), reach / norm, jnp.ones_like(step))
        return history, direction, first, reach

    def _status(self, state: LBFGSState, accepted, failed, finite, descent):
        """How the lane stands: a second failure in turn ends it, as does a gradient of zero."""
        last = failed & (state.history.stored == 0)
        ended = choose(finite, SearchStatus.line_search_failed, Status.not_finite)
        status = choose(last, ended, state.status)
        return choose(accepted & (descent == 0), Status.converged, status)


def _first_reach(limit: Array, value: Array, norm: Array) -> Array:
    """Polyak's step E / |g|, if E >= 0 as of a matching energy; no more than the limit.

    Within a factor of 3 of the best length on covariances and spectra from white and smooth starts, in pixels, whitened
    and tilted variables, where that best length varies from .01 to .3 of the field's.
    """
    polyak = value / jnp.where(norm > 0, norm, jnp.ones_like(norm))
    return jnp.where(polyak > 0, jnp.minimum(polyak, limit), limit)
