r"""Gradient descent, the reference of the theory, and any optax transformation.

$x_{n+1} = x_n - \kappa \nabla E(x_n)$ from white noise is the microcanonical model of Bruna and Mallat, "Multiscale
sparse microcanonical models" (2018): its law is the push-forward of the noise, it keeps every isometry that
commutes with the moments, and its entropy can be followed step by step. Choose `GradientDescent` for that, or as
the plainest check of another solver; `Optax` for Adam and its kin; `LBFGS` where only the end matters (grass 128^2
after 200 evaluations: Adam 1.2, L-BFGS 5e-4).
"""

import abc
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from ..citations import cites
from ..errors import InputError, Status
from ..numbers import Number, like, positive
from .sampler import AbstractSampler, AbstractState, Info, choose, fresh, is_running, select
from .search import SearchStatus


class AbstractStepRule(eqx.Module):
    """A rule that says how long the next step is, and whether a trial is taken."""

    @abc.abstractmethod
    def first(self, x: Array) -> Float[Array, ""]:
        """The first step size; 0 leaves the choice to `guess`, once the gradient is known."""

    @abc.abstractmethod
    def guess(self, x: Array, norm: Array) -> Float[Array, ""]:
        """The first step size at x, where the gradient has this norm."""

    @abc.abstractmethod
    def judge(self, step: Array, before: Array, after: Array, norm: Array) -> tuple[Array, Array, Array]:
        """The triple (taken, next step size, given up), from the energies before and after a trial and the gradient
        norm.
        """


class FixedStep(AbstractStepRule):
    r"""Steps of one length $\kappa$; every finite trial is taken."""

    step_size: Number

    def __init__(self, step_size: Number):
        self.step_size = positive("step_size", step_size)

    def first(self, x):
        """The step size."""
        return like(self.step_size, x)

    def guess(self, x, norm):
        """The step size."""
        return like(self.step_size, x)

    def judge(self, step, before, after, norm):
        """Every finite trial is taken."""
        finite = jnp.isfinite(after)
        return finite, like(self.step_size, step), ~finite


class Backtracking(AbstractStepRule):
    r"""Armijo's rule: a trial is taken if $E(x - t g) \le E(x) - c\,t |g|^2$; then t grows, else it shrinks.

    There is one evaluation per step: a refused trial is a step of its own, so that lanes under `vmap` never wait.

    **Arguments**

    - `decrease`: c, the part of the decrease to first order that a trial must reach.
    - `shrink`, `grow`: factors of t after a refused and a taken trial, < 1 and >= 1.
    - `smallest`: the run ends in `Status.line_search_failed` when the decrease that is hoped for, t |g|^2, falls below
      this part of the energy.
    """

    decrease: Number
    shrink: Number
    grow: Number
    smallest: Number

    def __init__(self, decrease: Number = 1e-4, shrink: Number = 0.5, grow: Number = 2.0, smallest: Number = 1e-10):
        self.decrease, self.shrink = positive("decrease", decrease), positive("shrink", shrink)
        self.grow, self.smallest = positive("grow", grow), positive("smallest", smallest)

    def first(self, x):
        """Zero: the choice is left to `guess`."""
        return jnp.zeros((), x.dtype)

    def guess(self, x, norm):
        """A step of a hundredth of the field's length."""
        length = jnp.sqrt(jnp.sum(x**2))
        reach = jnp.where(length > 0, 0.01 * length, jnp.ones_like(length))
        return jnp.where(norm > 0, reach / norm, jnp.ones_like(norm))

    def judge(self, step, before, after, norm):
        """Armijo's test, which NaN fails."""
        taken = after <= before - like(self.decrease, step) * step * norm**2
        after_step = step * jnp.where(taken, like(self.grow, step), like(self.shrink, step))
        lost = ~taken & (after_step * norm**2 <= like(self.smallest, step) * jnp.abs(before))
        return taken, after_step, lost


class DescentState(AbstractState):
    """The point with its energy (infinite before it has been evaluated) and gradient, and the next step size."""

    x: Array
    value: Float[Array, ""]
    gradient: Array
    step: Float[Array, ""]
    status: Any


@cites("bruna2018")
class GradientDescent(AbstractSampler):
    r"""$x_{n+1} = x_n - \kappa \nabla E(x_n)$; one `value_and_grad` per step, the first of which evaluates the start.

    **Arguments** `step_size`: $\kappa$ > 0 of fixed steps, or a rule, by default `Backtracking()`.

    >>> energy = lambda x: 0.5 * jnp.sum(x**2)
    >>> solver = GradientDescent(0.5)
    >>> state = solver.init(jnp.array([8.0]), energy)
    >>> for _ in range(3):
    ...     state, info = solver.step(None, state, energy)
    >>> info.x                                                # 8, 4, 2
    Array([2.], dtype=float32)
    """

    rule: AbstractStepRule

    def __init__(self, step_size: Number | AbstractStepRule | None = None):
        if step_size is None:
            self.rule = Backtracking()
        else:
            self.rule = step_size if isinstance(step_size, AbstractStepRule) else FixedStep(step_size)

    def init(self, x, energy):
        """The state that starts at x."""
        value = jnp.full((), jnp.inf, x.dtype)
        return fresh(DescentState(x, value, jnp.zeros_like(x), self.rule.first(x), Status.running))

    def step(self, key, state, energy):
        """One evaluation at the trial point, taken or refused by the rule."""
        running, begun = is_running(state.status), jnp.isfinite(state.value)
        trial = state.x - state.step * state.gradient
        value, gradient = jax.value_and_grad(energy)(trial)
        square = jnp.sum(gradient**2)
        value = jnp.where(jnp.isfinite(square), value, jnp.full_like(value, jnp.nan))
        norm = jnp.sqrt(jnp.sum(state.gradient**2))
        taken, step, lost = self.rule.judge(state.step, state.value, value, norm)
        finite = jnp.isfinite(value)
        taken = running & jnp.where(begun, taken & finite, finite)
        step = jnp.where(begun, step, self.rule.guess(trial, jnp.sqrt(square)))
        x, best, slopes = select(taken, (trial, value, gradient), (state.x, state.value, state.gradient))
        ended = choose(finite, SearchStatus.line_search_failed, Status.not_finite)
        status = choose(running & jnp.where(begun, lost, ~finite), ended, state.status)
        status = choose(taken & (square == 0), Status.converged, status)
        step = jnp.where(running, step, state.step)
        after = DescentState(x, best, slopes, step, status)
        return after, Info(x, jnp.where(jnp.isfinite(best), best, value), running.astype(jnp.int32))


class OptaxState(AbstractState):
    """The point to evaluate next, and the state of the transformation."""

    x: Array
    inner: Any
    status: Any


class Optax(AbstractSampler):
    """Any optax `GradientTransformation`, its search included; `info.x` is the point that was evaluated.

    **Arguments** `transformation`: `optax.adam(0.03)`, `optax.lbfgs()`, .. Build it once: its functions are static,
    and a fresh one compiles anew. `optax.inject_hyperparams` does not help, since the first value lives in a closure.

    >>> solver = Optax(optax.sgd(0.5))
    >>> energy = lambda x: 0.5 * jnp.sum(x**2)
    >>> state = solver.init(jnp.array([8.0]), energy)
    >>> for _ in range(3):
    ...     state, info = solver.step(None, state, energy)
    >>> info.x
    Array([2.], dtype=float32)
    """

    transformation: Any = eqx.field(static=True)

    def __init__(self, transformation):
        if not (hasattr(transformation, "init") and hasattr(transformation, "update")):
            raise InputError(f"{transformation!r} is no optax transformation: pass e.g. optax.adam(0.03).")
        self.transformation = optax.with_extra_args_support(transformation)

    def init(self, x, energy):
        """The state that starts at x."""
        with jax.numpy_dtype_promotion("standard"):
            inner = self.transformation.init(x)
        return fresh(OptaxState(x, inner, Status.running))

    def step(self, key, state, energy):
        """One evaluation at x and one update, in optax's own promotion rules."""
        running = is_running(state.status)
        value, gradient = jax.value_and_grad(energy)(state.x)
        with jax.numpy_dtype_promotion("standard"):
            updates, inner = self.transformation.update(
                gradient, state.inner, state.x, value=value, grad=gradient, value_fn=energy
            )
            x = optax.apply_updates(state.x, updates)
        inner = jax.tree.map(lambda new, old: new.astype(old.dtype), inner, state.inner)
        finite = jnp.isfinite(value) & jnp.isfinite(jnp.sum(gradient**2))
        x, inner = select(running & finite, (x.astype(state.x.dtype), inner), (state.x, state.inner))
        status = choose(running & ~finite, Status.not_finite, state.status)
        trials = optax.tree_utils.tree_get(inner, "num_linesearch_steps", 0)
        cost = jnp.where(running, 1 + jnp.asarray(trials, jnp.int32), jnp.zeros((), jnp.int32))
        return OptaxState(x, inner, status), Info(state.x, value, cost)
