r"""Two-dimensional turbulence: the vorticity equation on a periodic canvas, pseudo-spectral, as one jitted scan.

$\partial_t\omega + v\cdot\nabla\omega = \nu\Delta\omega - \alpha\omega + f$ (Boffetta and Ecke 2012, Annu. Rev. Fluid
Mech. 44, 427). Dissipation is exact (integrating factor), advection is RK4, products are dealiased by the 2/3 rule,
so that without viscosity energy and enstrophy change by the error of RK4 alone. The longest side measures $2\pi$ and
wave numbers are integers on it. A step costs 4 x 5 FFTs. Decaying fields have few strong vortices; `Forcing` holds a
statistical balance.
"""

import functools
from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from ...errors import InputError, check_finite, check_real, check_shape
from .gaussian_fields import gaussian

Shape = tuple[int, ...]
Number = int | float | Array


class Forcing(eqx.Module):
    r"""Random stirring, white in time, on the ring $||k| - \text{wavenumber}| \le \text{width}$, with linear drag.

    **Arguments**

    - `wavenumber`, `width`: the middle of the ring and half of its width, static.
    - `rate`: energy put in, $\langle|v|^2\rangle/2$ per unit of time, exact on average.
    - `drag`: $\alpha$; the energy settles below rate / (2 drag).

    Rate and drag are leaves: changing them compiles nothing.

    >>> Forcing(wavenumber=8.0, width=1.0, rate=0.1, drag=0.1).wavenumber
    8.0
    """

    wavenumber: float = eqx.field(static=True)
    width: float = eqx.field(static=True)
    rate: Float[Array, ""]
    drag: Float[Array, ""]

    def __init__(self, wavenumber: int | float, width: int | float, rate: int | float, drag: int | float = 0.0):
        if wavenumber <= 0 or width <= 0 or rate < 0 or drag < 0:
            raise InputError(
                f"Forcing(wavenumber={wavenumber}, width={width}, rate={rate}, drag={drag}): "
                f"wavenumber and width must be positive, rate and drag not negative."
            )
        self.wavenumber, self.width = float(wavenumber), float(width)
        self.rate, self.drag = jnp.asarray(float(rate)), jnp.asarray(float(drag))


def navier_stokes(
    key: Array,
    shape: Sequence[int],
    steps: int,
    dt: Number,
    viscosity: Number,
    forcing: Forcing | None = None,
    start=None,
) -> Float[Array, "y x"]:
    r"""The vorticity after `steps` steps of `dt`, from a field `start` or from a random one of unit rms.

    Decaying if `forcing` is None. The random start has the vorticity spectrum $|k|^4 e^{-|k|^2/18}$ (peak at 6). Keep
    `dt` below about $\Delta x / \max|v|$, $\Delta x = 2\pi/\max(\text{shape})$.

    **Arguments**

    - `shape`: (y, x).
    - `steps`, `dt`: how many steps of which length.
    - `viscosity`: $\nu$.
    - `forcing`: a `Forcing`, or None.
    - `start`: a real vorticity of that shape, whose dtype is kept; its mean and what lies beyond 2/3 of Nyquist are
      removed.

    **Errors** InputError for a wrong shape, steps < 0, dt <= 0 or viscosity < 0.

    >>> w = navier_stokes(jax.random.key(0), (32, 32), steps=10, dt=0.05, viscosity=1e-3)
    >>> w.shape, bool(jnp.isfinite(w).all())
    ((32, 32), True)
    """
    sides = _check(shape, steps, dt, viscosity)
    begin, noise = jax.random.split(key)
    if start is None:
        start = _random_start(begin, sides)
    check_real(start, "start")
    check_shape(start, sides, "start", "(y, x)")
    if np.ndim(start) != 2:
        raise InputError(f"start has shape {np.shape(start)}, expected {sides}: integrate one field, or jax.vmap.")
    if not isinstance(start, jax.core.Tracer):
        check_finite(start, "start")
    start = jnp.asarray(start)
    numbers = jnp.stack([jnp.asarray(n, start.dtype) for n in (dt, viscosity)])
    return _integrate(noise, start, numbers, forcing, steps=int(steps))


def _check(shape: Sequence[int], steps: int, dt: Number, viscosity: Number) -> Shape:
    sides = tuple(int(n) for n in shape)
    if len(sides) != 2 or min(sides) < 4:
        raise InputError(f"shape={sides} must be two sides (y, x) of at least 4.")
    traced = isinstance(dt, jax.core.Tracer) or isinstance(viscosity, jax.core.Tracer)
    if steps < 0 or (not traced and (dt <= 0 or viscosity < 0)):
        raise InputError(
            f"steps={steps}, dt={dt}, viscosity={viscosity}: steps and viscosity are not negative, dt is positive."
        )
    return sides


def velocity(vorticity) -> Float[Array, "2 y x"]:
    r"""The velocity of a vorticity: $v = (-\partial_x\psi, \partial_y\psi)$ along axes 0, 1, $\Delta\psi = -\omega$.

    Divergence-free, and $\omega = \partial_x v_0 - \partial_y v_1$ up to its mean. **Errors** InputError unless (y, x).

    >>> y = 2 * np.pi * np.arange(16) / 16
    >>> v = velocity(np.cos(y)[:, None] * np.ones(16))
    >>> bool(jnp.allclose(v[1], -np.sin(y)[:, None], atol=1e-6)), bool(jnp.allclose(v[0], 0, atol=1e-6))
    (True, True)
    """
    check_real(vorticity, "vorticity")
    if np.ndim(vorticity) != 2:
        raise InputError(f"vorticity has shape {np.shape(vorticity)}, expected (y, x): one field, or jax.vmap.")
    w = jnp.asarray(vorticity)
    return jnp.stack(_flow(jnp.fft.rfft2(w), *_derivatives(w.shape, w.dtype)[:2], shape=w.shape))


def _random_start(key: Array, sides: Shape) -> Float[Array, "y x"]:
    longest = max(sides)
    w = gaussian(key, sides, lambda k: (k * longest) ** 4 * np.exp(-((k * longest) ** 2) / 18))
    return w / w.std()


def _grids(shape: Shape) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """k_y, k_x, 1/k^2 (0 at 0) and the mask of the 2/3 rule, on the half plane of `rfft2`."""
    longest = max(shape)
    y, x = np.meshgrid(np.fft.fftfreq(shape[0]) * longest, np.fft.rfftfreq(shape[1]) * longest, indexing="ij")
    square = y**2 + x**2
    inverse = np.divide(1.0, square, out=np.zeros_like(square), where=square > 0)
    keep = (np.abs(y) < longest / 3) & (x < longest / 3) & (square > 0)
    return y, x, inverse, keep.astype(float)


def _cast(dtype, *grids: np.ndarray) -> list[Array]:
    """Grids in the complex dtype of the spectra: strict promotion forbids float times complex."""
    return [jnp.asarray(grid, np.result_type(dtype, np.complex64)) for grid in grids]


def _derivatives(shape: Shape, dtype) -> tuple[Array, Array, Array, Array]:
    """Symbols of v_y, v_x from the vorticity, and of the derivatives along y, x."""
    y, x, inverse, _ = _grids(shape)
    v_y, v_x, d_y, d_x = _cast(dtype, -1j * x * inverse, 1j * y * inverse, 1j * y, 1j * x)
    return v_y, v_x, d_y, d_x


def _flow(w: Complex[Array, "y half"], *symbols: Array, shape: Shape) -> list[Float[Array, "y x"]]:
    return [jnp.fft.irfft2(symbol * w, shape) for symbol in symbols]


@functools.partial(jax.jit, static_argnames="steps")
def _integrate(key, start, numbers, forcing, *, steps):
    shape, dtype = start.shape, start.dtype
    dt, viscosity = numbers
    y, x, _, mask = _grids(shape)
    (keep,) = _cast(dtype, mask)
    drag = jnp.zeros((), dtype) if forcing is None else forcing.drag.astype(dtype)
    decay = viscosity * jnp.asarray(y**2 + x**2, dtype) + drag
    half = jnp.exp(-decay * dt / 2).astype(keep.dtype)
    symbols = _derivatives(shape, dtype)

    def advection(w):
        v_y, v_x, w_y, w_x = _flow(w, *symbols, shape=shape)
        return -jnp.fft.rfft2(v_y * w_y + v_x * w_x) * keep

    stir = _stirring(forcing, shape, dtype, dt)

    def body(w, i):
        return _runge_kutta(w, dt.astype(w.dtype), half, advection) + stir(jax.random.fold_in(key, i)), None

    w, _ = jax.lax.scan(body, jnp.fft.rfft2(start) * keep, jnp.arange(steps))
    return jnp.fft.irfft2(w, shape)


def _runge_kutta(w: Array, dt: Array, half: Array, slope: Callable[[Array], Array]) -> Array:
    """RK4 for w' = -D w + slope(w) in the variable e^{Dt} w, `half` = e^{-D dt/2} (Cox and Matthews 2002, IFRK4)."""
    a = slope(w)
    b = slope(half * (w + dt / 2 * a))
    c = slope(half * w + dt / 2 * b)
    d = slope(half * (half * w + dt * c))
    return half * (half * w + dt / 6 * (half * a + 2 * (b + c))) + dt / 6 * d


def _stirring(forcing: Forcing | None, shape: Shape, dtype, dt: Array) -> Callable[[Array], Array]:
    r"""Kicks, by key, of the half spectrum; mean energy $\frac12\sum_k E|\hat f_k|^2/k^2$ = rate x dt (Ito: exact)."""
    if forcing is None:
        return lambda key: jnp.zeros((), np.result_type(dtype, np.complex64))
    y, x, inverse, keep = _grids(shape)
    ring = (np.abs(np.sqrt(y**2 + x**2) - forcing.wavenumber) <= forcing.width) * keep
    if not ring.any():
        raise InputError(
            f"no wave number of shape {shape} lies within {forcing.width} of {forcing.wavenumber}: "
            f"use a wavenumber below {max(shape) / 3:.4g}, or more width."
        )
    half_plane = np.where(x > 0, 2.0, 1.0)  # each wave number stands for its opposite too, but for the first column
    energy = (half_plane * ring * inverse).sum() / (shape[0] * shape[1]) / 2  # of unit white noise cut to the ring
    size = jnp.sqrt(forcing.rate.astype(dtype) * dt / jnp.asarray(energy, dtype))
    root = (size * jnp.asarray(ring, dtype)).astype(np.result_type(dtype, np.complex64))
    return lambda key: root * jnp.fft.rfft2(jax.random.normal(key, shape, dtype))
