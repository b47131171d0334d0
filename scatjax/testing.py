"""Checkers of the laws that every operator and moment map obeys, shipped so that your own can be held to them.

Each raises AssertionError naming the law and the two numbers. `check_laws` runs all of them on one operator.

>>> from scatjax.wavelets import morlet
>>> from scatjax.moments import ScatteringSpectra
>>> x = np.random.default_rng(0).normal(size=(16, 16)).astype("float32")
>>> check_laws(ScatteringSpectra(morlet((16, 16), J=2, L=4, oversampling="full"), isotropic=True), x)
"""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from .derivatives import BATCH
from .moments import AbstractMoments
from .wavelets import FilterBank


def check_laws(operator: Callable, x) -> None:
    """Hold an operator to all laws: dtype, leading axes, structure, one trace; moment maps to a finite gradient too.

    **Arguments**

    - `operator`: any map of a field to Coefficients, best a pytree; a moment map is fitted to `x` before its gradient
      is looked at.
    - `x`: one field that the operator takes, in the dtype to be tested.
    """
    check_dtype(operator, x)
    check_batch(operator, x)
    check_structure(operator, x)
    check_no_retrace(operator, x)
    if isinstance(operator, AbstractMoments):
        check_finite_gradient(operator.fit(x), x)


def check_dtype(operator: Callable, x) -> None:
    """Check that the dtype of the output follows the input; float32 in gives no float64 in the program."""
    x = jnp.asarray(x)
    for leaf in jax.tree.leaves(jax.eval_shape(operator, x)):
        _agree(leaf.dtype == x.dtype, "dtype follows the input", leaf.dtype, x.dtype)
    if x.dtype == jnp.float32:
        text = _program.lower(operator, x).as_text()  # type: ignore[attr-defined]  # to mypy a function
        _agree("f64" not in text, "no float64 in a float32 program", "f64 found", "none")


def check_batch(operator: Callable, x, tolerance: float | None = None) -> None:
    """A batch, `jax.vmap` and a loop over fields agree to rounding."""
    x = np.asarray(jnp.asarray(x))
    batch = np.stack([x, np.flip(x, -1)])
    tolerance = 100 * float(np.finfo(batch.dtype).eps) if tolerance is None else tolerance
    whole, mapped = _program(operator, batch), _mapped(operator, batch)
    single = jax.tree.map(lambda *leaves: np.stack(leaves), *[_program(operator, field) for field in batch])
    for a, b, c in zip(*map(jax.tree.leaves, jax.device_get((whole, mapped, single))), strict=True):
        size = float(np.abs(a).max()) + 1e-30
        for name, other in (("vmap", b), ("a loop", c)):
            error = float(np.abs(a - other).max()) / size
            _agree(error <= tolerance, f"a batch and {name} agree (relative)", error, tolerance)


def check_structure(operator: Callable, x) -> None:
    """Shapes are known from `eval_shape`, and the table has as many rows as there are values."""
    x = jnp.asarray(x)
    shapes, out = jax.eval_shape(operator, x), _program(operator, x)
    known, got = ([leaf.shape for leaf in jax.tree.leaves(tree)] for tree in (shapes, out))
    _agree(known == got, "eval_shape knows the structure", known, got)
    for c in out if isinstance(out, tuple) else (out,):
        rows = c.values.shape[c.values.ndim - 1 - c.sites]
        _agree(len(c.table) == rows, "one row of the table per value", len(c.table), rows)


def check_no_retrace(operator: Callable, x) -> None:
    """Calls with new values, and with an operator whose leaves are new arrays, compile nothing."""
    x = np.asarray(jnp.asarray(x))
    fresh = jax.tree.map(lambda leaf: jnp.array(leaf) if eqx.is_array(leaf) else leaf, operator)
    calls = {"new values": (operator, x * 2), "new leaves": (fresh, x)}
    _program(operator, x)
    for name, call in calls.items():
        with jax.no_tracing():
            try:
                _program(*call)
            except RuntimeError as error:
                raise AssertionError(f"a call with {name} compiles nothing: {error}") from None


def check_finite_gradient(fitted: Callable, x) -> None:
    """Value and gradient of a fitted map are finite at x, at 0, at a constant and at a single pixel."""
    x = np.asarray(jnp.asarray(x))
    pixel = np.zeros_like(x)
    pixel[(0,) * x.ndim] = 1
    for name, at in {"the field": x, "zero": 0 * x, "a constant": 0 * x + 1, "a single pixel": pixel}.items():
        value, slope = jax.device_get(_sum_and_slope(fitted, at))
        bad = int((~np.isfinite(slope)).sum())
        _agree(bool(np.isfinite(value)) and bad == 0, f"finite at {name}", f"{value}, {bad} bad slopes", "finite")


def check_gradient(function: Callable, x, tolerance: float = 1e-6, seed: int = 0) -> None:
    """Check that forward and reverse derivatives of a scalar along a random direction are central differences.

    Use float64: the step is 1e-5 of the field's size.
    """
    x = np.asarray(jnp.asarray(x))
    direction = np.random.default_rng(seed).normal(size=x.shape).astype(x.dtype)
    step = 1e-5 * np.abs(x).max() / np.abs(direction).max()

    def value_and_slopes(y):
        value, forward = jax.jvp(function, (y,), (direction,))
        return value, forward, jnp.sum(jax.grad(function)(y) * direction)

    @jax.jit
    def slopes(x):
        points = [x - step * direction, x, x + step * direction]
        values, forward, reverse = jax.lax.map(value_and_slopes, jnp.stack(points))  # one body compiles soonest
        return (values[2] - values[0]) / (2 * step), forward[1], reverse[1]

    differences, *derivatives = map(float, slopes(x))
    for name, value in zip(("forward", "reverse"), derivatives, strict=True):
        error = abs(value - differences) / max(abs(differences), 1e-30)
        _agree(error <= tolerance, f"{name} derivative equals finite differences", value, differences)


def check_features(phi: AbstractMoments, x, tolerance: float = 1e-6, seed: int = 0) -> None:
    """Check the first and second derivatives of a map at one field, all in one program.

    `rows`, and the forward derivative, against central differences along a random direction; `vjp` against rows;
    `laplacian`, which is forward over forward, against the trace of the Hessian of w.Phi, forward over reverse. `gram`
    and the estimate of a Laplacian are made of these and have nothing of a map's own. Use a small field in float64.
    """
    x, rng = jnp.asarray(x), np.random.default_rng(seed)
    direction, w = jnp.asarray(rng.normal(size=x.shape), x.dtype), jnp.asarray(rng.normal(size=len(phi.table)), x.dtype)
    step = 1e-5 * jnp.abs(x).max() / jnp.abs(direction).max()

    def derivatives(x):
        ends = jax.lax.map(phi.numbers, jnp.stack([x - step * direction, x + step * direction]))
        pulled, push = jax.linearize(lambda y: phi.vjp(y, w), x)
        hessian = jax.lax.map(push, jnp.eye(x.size, dtype=x.dtype).reshape(-1, *x.shape), batch_size=BATCH)
        forward = jax.jvp(phi.numbers, (x,), (direction,))[1]
        return ends, forward, pulled, phi.rows(x), phi.laplacian(x), hessian

    program = jax.jit(derivatives, compiler_options={"xla_backend_optimization_level": 0})  # it runs once
    (low, high), forward, pulled, rows, laplacian, hessian = jax.tree.map(np.asarray, program(x))
    rows, pulled, hessian = rows.reshape(len(rows), -1), pulled.reshape(-1), hessian.reshape(x.size, -1)
    differences, size = (high - low) / (2 * float(step)), np.abs(hessian).sum()
    _near(forward, differences, tolerance, "the forward derivative is finite differences")
    _near(rows @ np.asarray(direction).reshape(-1), differences, tolerance, "rows are finite differences")
    _near(pulled, w @ rows, tolerance, "vjp is w times the rows")
    _near(w @ laplacian, np.trace(hessian), tolerance, "the Laplacian is the trace of the Hessian", size)


def check_translation(moments: Callable, x, tolerance: float, shift: tuple[int, ...] = (3, 5)) -> None:
    """Moments of a periodic field do not change when it is shifted."""
    x = np.asarray(jnp.asarray(x))
    moved = np.roll(x, shift, axis=tuple(range(-len(shift), 0)))
    error = float(np.abs(np.subtract(_program(moments, x).values, _program(moments, moved).values)).max())
    _agree(error <= tolerance, "invariance to translation", error, tolerance)


def check_frame(bank: FilterBank, low: float, high: float) -> None:
    """Check that the Littlewood–Paley sum of a bank stays within [low, high]."""
    got = bank.frame_bounds()
    _agree(low <= got[0] and got[1] <= high, "frame bounds", got, (low, high))


@eqx.filter_jit
def _program(operator, x):
    """The operator on x: one program per structure and shape, which all laws share."""
    return operator(x)


@eqx.filter_jit
def _mapped(operator, x):
    return jax.vmap(operator)(x)


@eqx.filter_jit
def _sum_and_slope(fitted, x):
    return jax.value_and_grad(lambda y: fitted(y).values.sum())(x)


def _near(got, wanted, tolerance: float, name: str, size=None) -> None:
    error = float(np.abs(got - wanted).max())
    most = tolerance * max(float(np.abs(wanted).max() if size is None else size), 1e-30)
    _agree(error <= most, name, f"an error of {error:.2e}", f"at most {most:.2e}")


def _agree(law, name: str, got, wanted) -> None:
    assert law, f"{name}: got {got}, wanted {wanted}"
