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
from .operators import AbstractOperator
from .wavelets import FilterBank


def check_laws(operator: AbstractOperator, x) -> None:
    """Check dtype, leading axes, structure from `eval_shape`, one trace; of moments, a finite gradient after `fit`."""
    check_dtype(operator, x)
    check_batch(operator, x)
    check_structure(operator, x)
    check_no_retrace(operator, x)
    if isinstance(operator, AbstractMoments):
        check_finite_gradient(operator.fit(x), x)


def check_dtype(operator: AbstractOperator, x) -> None:
    """Check that the dtype of the output follows the input; float32 in gives no float64 in the program."""
    x = jnp.asarray(x)
    for leaf in jax.tree.leaves(jax.eval_shape(operator, x)):
        _agree(leaf.dtype == x.dtype, "dtype follows the input", leaf.dtype, x.dtype)
    if x.dtype == jnp.float32:
        text = jax.jit(operator).lower(x).as_text()
        _agree("f64" not in text, "no float64 in a float32 program", "f64 found", "none")


def check_batch(operator: AbstractOperator, x, tolerance: float | None = None) -> None:
    """Check that a batch, `jax.vmap` and a loop over fields agree to rounding."""
    batch = jnp.stack([jnp.asarray(x), jnp.flip(jnp.asarray(x), -1)])
    tolerance = 100 * float(jnp.finfo(batch.dtype).eps) if tolerance is None else tolerance
    whole, mapped = jax.jit(operator)(batch), jax.jit(jax.vmap(operator))(batch)
    single = jax.tree.map(lambda *leaves: jnp.stack(leaves), *[jax.jit(operator)(field) for field in batch])
    for a, b, c in zip(*map(jax.tree.leaves, (whole, mapped, single)), strict=True):
        size = float(jnp.abs(a).max()) + 1e-30
        for name, other in (("vmap", b), ("a loop", c)):
            error = float(jnp.abs(a - other).max()) / size
            _agree(error <= tolerance, f"a batch and {name} agree (relative)", error, tolerance)


def check_structure(operator: AbstractOperator, x) -> None:
    """Check that shapes are known from `eval_shape`, and the table has as many rows as there are values."""
    shapes, out = jax.eval_shape(operator, x), jax.jit(operator)(x)
    known, got = ([leaf.shape for leaf in jax.tree.leaves(tree)] for tree in (shapes, out))
    _agree(known == got, "eval_shape knows the structure", known, got)
    for c in out if isinstance(out, tuple) else (out,):
        rows = c.values.shape[c.values.ndim - 1 - c.sites]
        _agree(len(c.table) == rows, "one row of the table a value", len(c.table), rows)


def check_no_retrace(operator: AbstractOperator, x) -> None:
    """Check that calls with new values, and with an operator whose leaves are new arrays, compile nothing."""
    traces = []

    def call(operator, x):
        traces.append(1)
        return operator(x)

    program = eqx.filter_jit(call)
    fresh = jax.tree.map(lambda leaf: jnp.array(leaf) if eqx.is_array(leaf) else leaf, operator)
    for op, scale in ((operator, 1), (operator, 2), (fresh, 1)):
        program(op, jnp.asarray(x) * scale)
    _agree(len(traces) == 1, "one trace for three calls", len(traces), 1)


def check_finite_gradient(fitted: AbstractOperator, x) -> None:
    """Check that value and gradient of a fitted map are finite at x, at 0, at a constant and at a single pixel."""
    x = jnp.asarray(x)
    pixel = jnp.zeros_like(x).at[(0,) * x.ndim].set(1)
    gradient = jax.jit(jax.value_and_grad(lambda y: fitted(y).values.sum()))
    for name, at in {"the field": x, "zero": 0 * x, "a constant": 0 * x + 1, "a single pixel": pixel}.items():
        value, slope = gradient(at)
        bad = int((~jnp.isfinite(slope)).sum())
        _agree(bool(jnp.isfinite(value)) and bad == 0, f"finite at {name}", f"{value}, {bad} bad slopes", "finite")


def check_gradient(function: Callable, x, tolerance: float = 1e-6, seed: int = 0) -> None:
    """Check that forward and reverse derivatives of a scalar along a random direction are central differences.

    Use float64: the step is 1e-5 of the field's size.
    """
    x = jnp.asarray(x)
    direction = jnp.asarray(np.random.default_rng(seed).normal(size=x.shape), x.dtype)
    step = 1e-5 * jnp.abs(x).max() / jnp.abs(direction).max()

    @jax.jit
    def slopes(x):
        low, high = jax.lax.map(function, jnp.stack([x - step * direction, x + step * direction]))
        reverse = jnp.sum(jax.grad(function)(x) * direction)
        return (high - low) / (2 * step), jax.jvp(function, (x,), (direction,))[1], reverse

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
    """Check that moments of a periodic field do not change when it is shifted."""
    x = jnp.asarray(x)
    moved = jnp.roll(x, shift, axis=tuple(range(-len(shift), 0)))
    error = float(jnp.abs(moments(x).values - moments(moved).values).max())
    _agree(error <= tolerance, "invariance to translation", error, tolerance)


def check_frame(bank: FilterBank, low: float, high: float) -> None:
    """Check that the Littlewood–Paley sum of a bank stays within [low, high]."""
    got = bank.frame_bounds()
    _agree(low <= got[0] and got[1] <= high, "frame bounds", got, (low, high))


def _near(got, wanted, tolerance: float, name: str, size=None) -> None:
    error = float(np.abs(got - wanted).max())
    most = tolerance * max(float(np.abs(wanted).max() if size is None else size), 1e-30)
    _agree(error <= most, name, f"an error of {error:.2e}", f"at most {most:.2e}")


def _agree(law, name: str, got, wanted) -> None:
    assert law, f"{name}: got {got}, wanted {wanted}"
