"""What a field is taken to be outside of its canvas: an object of the bank.

`Periodic` is the default everywhere. The others pad the field to a larger torus by `reach` octave-widths at each end
(1 = the width 2^J of the widest wavelet) and average over the original support only. Choose `Reflect` for images,
`Zero` where outside means nothing; each costs the FFTs of the larger torus.
"""

from collections.abc import Sequence

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array
from scipy.fft import next_fast_len

from ..errors import InputError


class AbstractBoundary(eqx.Module):
    """A rule that extends a field; `mode` is NumPy's word for it, None where nothing is added."""

    mode: eqx.AbstractClassVar[str | None]
    reach: eqx.AbstractVar[float]

    def widths(self, shape: Sequence[int], J: int) -> tuple[tuple[int, int], ...]:
        """(before, after) on each axis: at least reach 2^J a side, up to the next 5-smooth even length."""
        if self.mode is None:
            return tuple((0, 0) for _ in shape)
        reach = round(self.reach * 2**J)
        totals = [2 * int(next_fast_len((n + 1) // 2 + reach, real=True)) for n in shape]
        return tuple(((total - n) // 2, total - n - (total - n) // 2) for total, n in zip(totals, shape, strict=True))

    def pad(self, x: Array, widths: Sequence[tuple[int, int]]) -> Array:
        """Extend the last axes of x by `widths`."""
        if self.mode is None:
            return x
        return jnp.pad(x, [(0, 0)] * (x.ndim - len(widths)) + list(widths), mode=self.mode)


def _reach(value: float) -> float:
    if not value > 0:
        raise InputError(f"reach={value} must be positive: 3 leaves a border error of 1e-3, 2 one of 1e-2.")
    return float(value)


class Periodic(AbstractBoundary):
    """x(u + N) = x(u): the torus itself."""

    mode = None
    reach: float = eqx.field(static=True, default=0.0)


class Reflect(AbstractBoundary):
    """Mirror whose edge sample is not repeated: 3 2 | 1 2 3 | 2 1."""

    mode = "reflect"
    reach: float = eqx.field(static=True, default=3.0, converter=_reach)


class Symmetric(AbstractBoundary):
    """Mirror whose edge sample is repeated: 2 1 | 1 2 3 | 3 2."""

    mode = "symmetric"
    reach: float = eqx.field(static=True, default=3.0, converter=_reach)


class Zero(AbstractBoundary):
    """Zeros outside of the canvas."""

    mode = "constant"
    reach: float = eqx.field(static=True, default=3.0, converter=_reach)
