"""What a field is taken to be outside of its canvas: an object of the bank. One of your own writes `widths` and `pad`.

`Periodic` is the default everywhere. The others pad the field to a larger torus and average over the original support
only. Choose `Reflect` for images and sounds, `Zero` where outside means nothing; each costs the FFTs of the larger
torus. `reach` is the pad at each end in units of the support of the low-pass: T in two dimensions, 5 T in one. What
remains of the border's error (largest error over largest value of the order, measured, orders 1 and 2):

    reach       1            1.5          2            3            4
    1D          2e-2 6e-2    3e-4 1e-3    8e-6 2e-4    1e-11 2e-9
    2D          .14 .30                   9e-3 3e-2    1e-3 1e-3    2e-4 3e-4
"""

import abc
from collections.abc import Sequence
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy.fft import next_fast_len

from ..errors import InputError

Widths = tuple[tuple[int, int], ...]


class AbstractBoundary(eqx.Module):
    """A rule that extends a field; `redone` is true if each layer of a cascade pads its moduli anew."""

    redone: eqx.AbstractVar[bool]

    @abc.abstractmethod
    def widths(self, shape: Sequence[int], J: int, T: float) -> Widths:
        """The pad (before, after) on each axis of fields of `shape`, filtered over J octaves and averaged over T."""

    @abc.abstractmethod
    def pad(self, x: Array, widths: Sequence[tuple[int, int]]) -> Array:
        """The field, its last axes extended by `widths`."""


class AbstractReaching(AbstractBoundary):
    """A rule that pads by `reach` supports of the low-pass; `mode` is NumPy's word for it.

    `reach` = None is 2 in one dimension and 3 in two.
    """

    mode: eqx.AbstractClassVar[str]
    reach: eqx.AbstractVar[float | None]
    redone = False

    @final
    def widths(self, shape, J, T):
        """At least `reach` supports per side, before and total multiples of 2^J, total 5-smooth."""
        support, default = (5 * T, 2.0) if len(shape) == 1 else (T, 3.0)
        reach = default if self.reach is None else self.reach
        before = 2**J * -(-round(reach * support) // 2**J)
        totals = [2**J * int(next_fast_len(-(-(n + 2 * before) // 2**J), real=True)) for n in shape]
        if self.mode != "constant" and before >= min(shape):
            raise InputError(
                f"{type(self).__name__}(reach={reach:g}) with J={J}, T={T:g} pads by {before}, the side is {min(shape)}"
                f": use a smaller J, T or reach, Zero(), or Periodic()."
            )
        return tuple((before, total - n - before) for total, n in zip(totals, shape, strict=True))

    @final
    def pad(self, x, widths):
        """The field and its images on both sides.

        The mirror images of a complex series are conjugated: read backwards, exp(i w t) would be a wave at -w.
        """
        return _extended(x, widths, self.mode)


def _extended(x: Array, widths: Sequence[tuple[int, int]], mode: str) -> Array:
    every = [(0, 0)] * (x.ndim - len(widths)) + list(widths)
    if len(widths) > 1 or mode == "constant" or not jnp.iscomplexobj(x):
        return jnp.pad(x, every, mode=mode)
    real, imaginary = (jnp.pad(part, every, mode=mode) for part in (x.real, x.imag))
    signs = jnp.asarray(_directions(x.shape[-1], widths[0], mode), imaginary.dtype)
    return jax.lax.complex(real, imaginary * signs.reshape((1,) * (x.ndim - 1) + (-1,)))


def _directions(n: int, width: tuple[int, int], mode: str) -> np.ndarray:
    """Signs: 1 where a padded series runs forward, -1 where it is a mirror image."""
    at = np.arange(-width[0], n + width[1])
    turns = at // max(n - 1, 1) if mode == "reflect" else at // n
    return np.where((at >= 0) & (at < n) | (turns % 2 == 0), 1.0, -1.0)


def _reach(value: float | None) -> float | None:
    if value is not None and not value > 0:
        raise InputError(f"reach={value} must be positive: 3 leaves a border error of 1e-3, 2 one of 1e-2.")
    return None if value is None else float(value)


class Periodic(AbstractBoundary):
    """The torus itself: x(u + N) = x(u), nothing is added."""

    redone = False

    def widths(self, shape, J, T):
        """Zeros: there is no pad."""
        return tuple((0, 0) for _ in shape)

    def pad(self, x, widths):
        """The field as it is."""
        return x


class Reflect(AbstractReaching):
    """A mirror whose edge sample is not repeated: 3 2 | 1 2 3 | 2 1."""

    mode = "reflect"
    reach: float | None = eqx.field(static=True, default=None, converter=_reach)


class Symmetric(AbstractReaching):
    """A mirror whose edge sample is repeated: 2 1 | 1 2 3 | 3 2."""

    mode = "symmetric"
    reach: float | None = eqx.field(static=True, default=None, converter=_reach)


class Zero(AbstractReaching):
    """Zeros outside of the canvas."""

    mode = "constant"
    reach: float | None = eqx.field(static=True, default=None, converter=_reach)


class ReflectBy(AbstractBoundary):
    """`Reflect` by given numbers of samples, (before, after) per axis, again and again where they exceed the side."""

    by: Widths = eqx.field(static=True)
    redone = False

    def widths(self, shape, J, T):
        """The pad that was given."""
        return self.by

    def pad(self, x, widths):
        """The field between its mirror images."""
        return _extended(x, widths, "reflect")


class SymmetricOn(AbstractBoundary):
    """`Symmetric` on a torus of the given `sides`, mirrored again and again where they exceed the field's (ScatNet).

    None: twice the field, which then stands once beside its mirror image (scatspectra). The field stands first, half of
    its mirror images after it, the others before it around the torus. Peers have the pad `redone` at each layer: each
    modulus is cut and mirrored anew, which needs grids that keep its samples.
    """

    sides: tuple[int, ...] | None = eqx.field(static=True, default=None)
    redone: bool = eqx.field(static=True, default=False)

    def widths(self, shape, J, T):
        """The pad that the sides leave, all of it after the field."""
        sides = tuple(2 * n for n in shape) if self.sides is None else self.sides
        if len(shape) != len(sides) or any(n > side for n, side in zip(shape, sides, strict=False)):
            raise InputError(f"sides={sides} must hold fields of shape {tuple(shape)}: use 2 n samples an axis.")
        return tuple((0, side - n) for side, n in zip(sides, shape, strict=True))

    def pad(self, x, widths):
        """The field between its mirror images, turned so that the field stands first."""
        half = [(width - width // 2, width // 2) for _, width in widths]
        space = tuple(range(x.ndim - len(half), x.ndim))
        return jnp.roll(_extended(x, half, "symmetric"), [-before for before, _ in half], space)
