"""A filter bank: the filters of a family on a torus, grouped by scale, each on the smallest box that holds it.

The bank is the only thing that knows the domain and the family; every operator and moment takes any bank. Filter j is
stored on `box`, the wave numbers where it is not negligible; its field lives on `grids[j]`, about 2^oversampling
times the Nyquist grid N/2^j of its octave (`"full"`: the whole torus, the reference of golden tests and exact
symmetries). Moduli alias on a coarse grid: at the default of 2 octaves S1 and C01 are off by 2e-4, at 1 by 2e-3
(performance.md 3.2).
"""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..coefficients import Table
from ..domains import AbstractBoundary, Torus
from ..domains.torus import Shape, place, smooth, wave_numbers
from ..errors import InputError
from .family import AbstractFamily, check_scales

Oversampling = int | Literal["full"]
NEGLIGIBLE = 1e-6  # of the largest value: what is cut moves moments by 1e-6, a hundredth of what moduli alias


class FilterBank(eqx.Module):
    """Filters of J scales and L angles with their low-pass, a pytree.

    `psi[j]` is (L, *box_j), `phi` is (*box), both real over Fourier wave numbers in FFT order. `table` has one row a
    band: j, l, theta (radians, axis 1 toward axis 0), xi (cycles a pixel).
    """

    psi: tuple[Float[Array, "L ..."], ...]
    phi: Float[Array, "..."]
    family: AbstractFamily
    domain: Torus
    grids: tuple[Shape, ...] = eqx.field(static=True)
    oversampling: Oversampling = eqx.field(static=True)

    @property
    def J(self) -> int:
        """Number of scales (octaves)."""
        return self.family.J

    @property
    def L(self) -> int:
        """Number of angles in [0, pi)."""
        return self.family.L

    @property
    def shape(self) -> Shape:
        """Shape of the fields that this bank takes."""
        return self.domain.shape

    @property
    def dimension(self) -> int:
        """Number of spatial axes."""
        return len(self.domain.shape)

    @property
    def table(self) -> Table:
        """One row a band."""
        return self.family.table()

    def at(self, shape: Sequence[int], J: int | None = None) -> "FilterBank":
        """The same recipe on another canvas, or with another number of scales."""
        family = self.family if J is None else dataclasses.replace(self.family, J=J)  # type: ignore[type-var]
        return make_bank(family, shape, self.oversampling, self.domain.boundary, self.phi.dtype)

    def filters(self) -> np.ndarray:
        """All bands over the whole torus, (J L, *padded), NumPy."""
        return np.concatenate([np.asarray(place(psi, self.domain.padded)) for psi in self.psi])

    def low_pass(self) -> np.ndarray:
        """The low-pass over the whole torus, NumPy."""
        return np.asarray(place(self.phi, self.domain.padded))

    def littlewood_paley(self) -> np.ndarray:
        r"""$|\hat\phi|^2 + \tfrac12\sum_\lambda |\hat\psi_\lambda(\omega)|^2 + |\hat\psi_\lambda(-\omega)|^2$."""
        power = (self.filters() ** 2).sum(0)
        mirrored = power
        for axis in range(power.ndim):
            mirrored = np.roll(np.flip(mirrored, axis), 1, axis)
        return self.low_pass() ** 2 + (power + mirrored) / 2

    def frame_bounds(self) -> tuple[float, float]:
        """Smallest and largest value of the Littlewood–Paley sum: energy is kept within them."""
        total = self.littlewood_paley()
        return float(total.min()), float(total.max())

    def __repr__(self) -> str:
        low, high = self.frame_bounds()
        return (
            f"FilterBank({type(self.family).__name__}, shape={self.shape}, J={self.J}, L={self.L}, "
            f"{type(self.domain.boundary).__name__}, oversampling={self.oversampling!r}, "
            f"{self.phi.dtype}, frame bounds [{low:.3g}, {high:.3g}])"
        )


def make_bank(
    family: AbstractFamily, shape: Sequence[int], oversampling: Oversampling, boundary: AbstractBoundary, dtype=None
) -> FilterBank:
    """The bank of a family on fields of `shape`; filters are made in float64 and cast last."""
    if len(shape) != family.dimension:
        raise InputError(
            f"shape={tuple(shape)} has {len(shape)} axes; {type(family).__name__} wants {family.dimension}."
        )
    if oversampling != "full" and (isinstance(oversampling, str) or oversampling < 0):
        raise InputError(f"oversampling={oversampling!r} must be a number of octaves >= 0, or 'full'.")
    check_scales(family.J, family.L, tuple(shape))
    domain = Torus(shape, boundary, family.J)
    dtype = jnp.result_type(float) if dtype is None else dtype
    grids = tuple(_grid(domain.padded, j, oversampling) for j in range(family.J))
    psi = []
    for j, grid in enumerate(grids):
        filters = family.psi(domain.padded, j)
        psi.append(cut(filters, grid if oversampling == "full" else support(filters, grid)))
    phi = family.phi(domain.padded)
    phi = phi if oversampling == "full" else cut(phi, support(phi, domain.padded))
    cast = lambda values: jax.device_put(np.asarray(values, dtype))
    return FilterBank(tuple(map(cast, psi)), cast(phi), family, domain, grids, oversampling)


def _grid(padded: Shape, j: int, oversampling: Oversampling) -> Shape:
    if oversampling == "full":
        return padded
    return tuple(smooth(max(n * 2 ** (oversampling - j), 16), n) for n in padded)


def support(filters: np.ndarray, most: Shape) -> Shape:
    """The smallest odd box, at most `most`, outside of which the filters are negligible."""
    shape = filters.shape[filters.ndim - len(most) :]
    large = (np.abs(filters) > NEGLIGIBLE * np.abs(filters).max()).reshape(-1, *shape).any(0)
    sides = []
    for axis, numbers in enumerate(wave_numbers(shape)):
        reach = np.abs(np.broadcast_to(numbers, shape)[large]).max()
        sides.append(min(2 * int(reach) + 1, most[axis]))
    return tuple(sides)


def cut(filters: np.ndarray, box: Shape) -> np.ndarray:
    """The wave numbers of `box` from filters over a larger torus (NumPy, last axes)."""
    for offset, side in enumerate(reversed(box), start=1):
        axis = filters.ndim - offset
        length = filters.shape[axis]
        filters = np.take(filters, np.r_[0 : (side + 1) // 2, length - side // 2 : length], axis)
    return filters
