"""The torus: spectra in FFT order, cropped to boxes and placed on grids.

Operators ask a domain for two things: `spectrum(x)`, all Fourier coefficients of fields on the canvas, which the
filters of a bank multiply, and `inside(grid)`, the samples of a grid that lie on the canvas, over which averages are
taken. A domain of your own has these; `shape` and `padded`, the sides of what goes in and of where it is filtered;
`pad` and `unpad` between them; `fourier`, the spectrum of what is padded already; `renewed`, the pad of a modulus made
anew; `narrowed` and `support`. All act on the last axes, whatever stands before them.

A `box` or a `grid` is a tuple of side lengths; it holds the wave numbers -(b//2) .. (b-1)//2 of each axis, in FFT
order. Spectra are Fourier coefficients (`norm="forward"`): mean(a conj b) = sum_k A_k conj(B_k), whatever the grid.
"""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Inexact
from scipy.fft import next_fast_len

from .boundary import AbstractBoundary, Widths

Shape = tuple[int, ...]


class Torus(eqx.Module):
    """The domain of a field: `shape` is what the user has, `padded` the torus on which it is filtered.

    >>> from scatjax.domains import Periodic
    >>> Torus((64, 64), Periodic(), J=3).padded
    (64, 64)
    """

    shape: Shape = eqx.field(static=True)
    boundary: AbstractBoundary
    widths: tuple[tuple[int, int], ...] = eqx.field(static=True)

    def __init__(
        self,
        shape: Sequence[int],
        boundary: AbstractBoundary,
        J: int,
        T: float | None = None,
        widths: Widths | None = None,
    ):
        self.shape = tuple(int(n) for n in shape)
        self.boundary = boundary
        self.widths = boundary.widths(self.shape, J, 2.0**J if T is None else T) if widths is None else widths

    @property
    def padded(self) -> Shape:
        """The sides of the torus after padding."""
        return tuple(n + before + after for n, (before, after) in zip(self.shape, self.widths, strict=True))

    @property
    def is_padded(self) -> bool:
        """True if the torus is larger than the field."""
        return self.padded != self.shape

    def pad(self, x: Array) -> Array:
        """The field on its torus."""
        return self.boundary.pad(x, self.widths)

    def spectrum(self, x: Array) -> Complex[Array, "..."]:
        """The whole spectrum of a field on the canvas: padded, then all Fourier coefficients over the last axes.

        >>> from scatjax.domains import Periodic
        >>> Torus((4,), Periodic(), J=1).spectrum(jnp.ones((2, 4))).real.tolist()
        [[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]
        """
        return self.fourier(self.pad(x))

    def fourier(self, padded: Array) -> Complex[Array, "..."]:
        """The whole spectrum of a field that lies on the torus already."""
        return spectrum(padded, len(self.shape))

    def unpad(self, x: Array) -> Array:
        """The part of a field on the torus that lies on its canvas."""
        return x[(..., *(slice(*cut) for cut in self.inside(self.padded)))]

    def inside(self, grid: Shape) -> list[tuple[int, int]]:
        """The samples of a grid that lie on the canvas, (start, stop) per axis."""
        sides = zip(self.widths, self.padded, grid, strict=True)
        return [(-(-before * g // N), -(-(N - after) * g // N)) for (before, after), N, g in sides]

    def renewed(self, u: Array) -> Array:
        """The fields of a grid of the torus, their pad made anew from the canvas if the boundary wants it."""
        if not self.boundary.redone:
            return u
        grid = u.shape[u.ndim - len(self.shape) :]
        inside = self.inside(grid)
        widths = [(start, side - stop) for (start, stop), side in zip(inside, grid, strict=True)]
        return self.boundary.pad(u[(..., *(slice(*cut) for cut in inside))], widths)

    def narrowed(self, shape: Sequence[int]) -> "Torus":
        """The same torus for smaller fields: the pad after them takes the rest."""
        pairs = zip(shape, self.shape, self.widths, strict=True)
        widths = tuple((before, after + n - int(smaller)) for smaller, n, (before, after) in pairs)
        return Torus(shape, self.boundary, 0, widths=widths)

    def support(self, inside: np.ndarray | None = None) -> np.ndarray:
        """A window over the torus: `inside` (default ones) on the canvas, zero on the pad."""
        inside = np.ones(self.shape) if inside is None else inside
        return np.pad(inside, self.widths)


def smooth(length: int | float, most: int) -> int:
    """The next even 5-smooth length, or `most` if that is no larger.

    >>> smooth(33, 128), smooth(200, 128)
    (36, 128)
    """
    return min(2 * int(next_fast_len(int(np.ceil(length / 2)), real=True)), most)


def wave_numbers(box: Shape) -> list[np.ndarray]:
    """Integer wave numbers along each axis, in FFT order, shaped to broadcast."""
    sides = [np.r_[0 : (b + 1) // 2, -(b // 2) : 0] for b in box]
    return list(np.meshgrid(*sides, indexing="ij", sparse=True))


def crop(spectrum: Array, box: Shape) -> Array:
    """The wave numbers of `box` from a larger spectrum (axes that are no larger stay as they are)."""
    sides = spectrum.shape[spectrum.ndim - len(box) :]
    return _each_axis(spectrum, tuple(map(min, box, sides)), _crop_axis)


def place(spectrum: Array, grid: Shape) -> Array:
    """The spectrum on a larger `grid`, zero elsewhere."""
    return _each_axis(spectrum, grid, _place_axis)


def repeated(spectrum: Array, box: Shape) -> Array:
    """The wave numbers of `box` from the spectrum of samples, which repeats itself beyond their grid.

    >>> repeated(jnp.arange(4), (7,)).tolist()
    [0, 1, 2, 3, 1, 2, 3]
    """
    for offset, side in enumerate(reversed(box), start=1):
        axis = spectrum.ndim - offset
        copies = -(-((side + 1) // 2) // spectrum.shape[axis])
        if side > spectrum.shape[axis]:
            spectrum = jnp.concatenate([spectrum] * 2 * copies, axis)
    return crop(spectrum, box)


def mirrored(spectrum, dimension: int):
    """The values at -k, k over the last axes in FFT order: of a NumPy array or a JAX one.

    >>> mirrored(np.arange(4), 1).tolist()
    [0, 3, 2, 1]
    """
    xp, space = (np if isinstance(spectrum, np.ndarray) else jnp), _last(dimension)
    return xp.roll(xp.flip(spectrum, space), (1,) * dimension, space)


def periods(spectrum: Array, grid: Shape) -> list[Array]:
    """The pieces that alias onto `grid` where a spectrum on whole multiples of it is sampled, one array per period.

    Axes on which the spectrum is no larger than the grid are left as they are. The sum is the spectrum of the field
    with samples dropped, x[::m]; slices and not a reduction: a sum of slices fuses.
    """
    pieces = [spectrum]
    for offset, side in enumerate(reversed(grid), start=1):
        axis = spectrum.ndim - offset
        count = max(spectrum.shape[axis] // side, 1)
        if count > 1:
            cuts = range(count)
            pieces = [jax.lax.slice_in_dim(p, a * side, (a + 1) * side, axis=axis) for p in pieces for a in cuts]
    return pieces


def folded(spectrum: Array, grid: Shape) -> Array:
    """The sum of `periods`, as a reduction: slower, but its transpose is a broadcast."""
    dimension = len(grid)
    lead, sides = spectrum.shape[: spectrum.ndim - dimension], spectrum.shape[spectrum.ndim - dimension :]
    counts = [max(n // g, 1) for n, g in zip(sides, grid, strict=True)]
    split = [k for n, c in zip(sides, counts, strict=True) for k in (c, n // c)]
    return spectrum.reshape(*lead, *split).sum(tuple(len(lead) + 2 * axis for axis in range(dimension)))


def _each_axis(spectrum: Array, sides: Shape, change: Callable[[Array, int, int], Array]) -> Array:
    for offset, side in enumerate(reversed(sides), start=1):
        axis = spectrum.ndim - offset
        if spectrum.shape[axis] != side:
            spectrum = change(spectrum, side, axis)
    return spectrum


def _crop_axis(spectrum: Array, side: int, axis: int) -> Array:
    low = jax.lax.slice_in_dim(spectrum, 0, (side + 1) // 2, axis=axis)
    high = jax.lax.slice_in_dim(spectrum, spectrum.shape[axis] - side // 2, spectrum.shape[axis], axis=axis)
    return jnp.concatenate([low, high], axis)


def _place_axis(spectrum: Array, side: int, axis: int) -> Array:
    length = spectrum.shape[axis]
    low = jax.lax.slice_in_dim(spectrum, 0, (length + 1) // 2, axis=axis)
    high = jax.lax.slice_in_dim(spectrum, (length + 1) // 2, length, axis=axis)
    gap = spectrum.shape[:axis] + (side - length,) + spectrum.shape[axis + 1 :]
    return jnp.concatenate([low, jnp.zeros(gap, spectrum.dtype), high], axis)


def times(z: Complex[Array, "..."], weight: Inexact[Array, "..."]) -> Complex[Array, "..."]:
    """The product of z and a weight cast to z's precision: where all filters and windows meet complex arrays."""
    if jnp.iscomplexobj(weight):
        return z * weight.astype(z.dtype)
    weight = weight.astype(z.real.dtype)
    return jax.lax.complex(z.real * weight, z.imag * weight)


def spectrum(x: Array, dimension: int) -> Complex[Array, "..."]:
    """Fourier coefficients of the last axes."""
    return jnp.fft.fftn(x, axes=_last(dimension), norm="forward")


def field(spectrum: Array, dimension: int) -> Complex[Array, "..."]:
    """The complex field with these Fourier coefficients."""
    return jnp.fft.ifftn(spectrum, axes=_last(dimension), norm="forward")


def real_field(half: Complex[Array, "..."], shape: Shape) -> Float[Array, "..."]:
    """The real field of `shape` with these Fourier coefficients at non-negative wave numbers of the last axis."""
    return jnp.fft.irfftn(half, shape, axes=_last(len(shape)), norm="forward")


def half_spectrum(x: Float[Array, "..."], dimension: int) -> Complex[Array, "..."]:
    """Fourier coefficients of a real field at non-negative wave numbers of the last axis."""
    return jnp.fft.rfftn(x, axes=_last(dimension), norm="forward")


def crop_half(spectrum: Array, box: Shape) -> Array:
    """The wave numbers of a half box (rows as in `crop`, columns 0 .. b-1) from a half spectrum."""
    return crop(spectrum[..., : box[-1]], box)


def whole_spectrum(half: Array, grid: Shape) -> Array:
    """All wave numbers of a real field from its half spectrum: X(-k) = conj X(k)."""
    columns = grid[-1] - half.shape[-1]
    mirrored = jnp.conj(half[..., 1 : 1 + columns])[..., ::-1]
    for axis in range(half.ndim - len(grid), half.ndim - 1):
        mirrored = jnp.roll(jnp.flip(mirrored, axis), 1, axis)
    return jnp.concatenate([half, mirrored], axis=-1)


def _last(dimension: int) -> tuple[int, ...]:
    return tuple(range(-dimension, 0))
