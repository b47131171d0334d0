"""A filter bank: the filters of a family on a torus, grouped by scale, each on the smallest box that holds it.

The bank is the only thing that knows the domain and the family; every operator and moment takes any bank. Filter j is
stored on `box`, the wave numbers where it is not negligible; its field lives on `grids[j]`, about 2^oversampling
times the Nyquist grid N/2^j of its octave (`"full"`: the whole torus, the reference of golden tests and exact
symmetries). Moduli alias on a coarse grid: at the default of 2 octaves S1 and C01 are off by 2e-4, at 1 by 2e-3.
"""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Inexact

from ..coefficients import Table
from ..domains import AbstractBoundary, Torus
from ..domains.torus import Shape, mirrored, place, smooth, wave_numbers
from ..errors import InputError
from .family import AbstractFamily, AbstractPlanar, TwoSided
from .tightened import rescaled


class Decimated(eqx.Module):
    """Kymatio's grids: scale j keeps every 2^K-th sample of the torus, K = max(min(j, most) - octaves, 0).

    Nothing of a filter is cut: what lies beyond the grid aliases, as it does when samples are dropped. Choose it for a
    peer's digits; band-limited grids are smaller and need no powers of two.
    """

    most: int | None = eqx.field(static=True, default=None)
    octaves: int = eqx.field(static=True, default=0)


Oversampling = int | Literal["full"] | Decimated
NEGLIGIBLE = 1e-6  # of the largest value: what is cut moves moments by 1e-6, a hundredth of what moduli alias


class FilterBank(eqx.Module):
    """Filters grouped by scale with their low-pass, a pytree.

    `psi[j]` is (bands, *box_j), `phi` is (*box), over Fourier wave numbers in FFT order, real but for families that say
    otherwise. `table` has one row per band: j, what names it, xi (cycles per sample). `later` is the bank of the layers
    after the first where it is another one (`Q=(8, 1)`).
    """

    psi: tuple[Inexact[Array, "_bands ..."], ...]
    phi: Inexact[Array, "..."]
    family: AbstractFamily
    domain: Torus
    grids: tuple[Shape, ...] = eqx.field(static=True)
    oversampling: Oversampling = eqx.field(static=True)
    T: float = eqx.field(static=True)
    later: "FilterBank | None" = None

    @property
    def J(self) -> int:
        """Number of octaves."""
        return self.family.J

    @property
    def L(self) -> int:
        """Number of angles in [0, pi) of a bank in two dimensions."""
        if not isinstance(self.family, AbstractPlanar):
            raise InputError(f"{type(self.family).__name__} has no angles: use a bank of two dimensions.")
        return self.family.L

    @property
    def scales(self) -> int:
        """Number of groups of bands."""
        return len(self.psi)

    def layer(self, m: int) -> "FilterBank":
        """The bank of layer m = 0, 1, ..: the last one given serves all that follow."""
        return self if m == 0 or self.later is None else self.later.layer(m - 1)

    @property
    def shape(self) -> Shape:
        """Shape of the fields that this bank takes."""
        return self.domain.shape

    @property
    def dtype(self) -> np.dtype:
        """The real dtype of the filters."""
        return np.dtype(jnp.finfo(self.phi.dtype).dtype)

    @property
    def dimension(self) -> int:
        """Number of spatial axes."""
        return len(self.domain.shape)

    @property
    def table(self) -> Table:
        """The names of the bands, one row each."""
        return self.family.table()

    def at(self, shape: Sequence[int], J: int | None = None) -> "FilterBank":
        """The same recipe on another canvas, or with another number of scales."""
        layers = [self, *self.following()]
        change = lambda family: family if J is None else rescaled(family, J)
        families = [change(bank.family) for bank in layers]
        T = self.T if J is None else self.T * 2.0 ** (J - self.J)
        return make_bank(families, shape, self.oversampling, self.domain.boundary, self.dtype, T)

    def narrowed(self, shape: Sequence[int]) -> "FilterBank":
        """The same filters on the same torus, for smaller fields: the pad takes the rest.

        >>> from scatjax.wavelets import morlet
        >>> from scatjax.domains import SymmetricOn
        >>> morlet((40,), J=3, boundary=SymmetricOn((80,))).narrowed((7,)).domain.padded
        (80,)
        """
        if not self.domain.is_padded and tuple(shape) != self.shape:
            name = type(self.domain.boundary).__name__
            raise InputError(f"{name}() has no pad to give: use SymmetricOn(sides), or Zero().")
        later = None if self.later is None else self.later.narrowed(shape)
        return dataclasses.replace(self, domain=self.domain.narrowed(shape), later=later)

    def following(self) -> "list[FilterBank]":
        """The banks of the layers after this one, where they are others."""
        return [] if self.later is None else [self.later, *self.later.following()]

    def two_sided(self) -> "FilterBank":
        """The bank of complex fields: each band also at -xi, in the first layer; moduli are real and keep this one."""
        both = tuple(jnp.concatenate([psi, mirrored(psi, self.dimension)]) for psi in self.psi)
        later = self if self.later is None else self.later
        return dataclasses.replace(self, psi=both, family=TwoSided(self.family), later=later)

    def filters(self) -> np.ndarray:
        """All bands over the whole torus, (bands, *padded), NumPy."""
        return np.concatenate([np.asarray(place(psi, self.domain.padded)) for psi in self.psi])

    def low_pass(self) -> np.ndarray:
        """The low-pass over the whole torus, NumPy."""
        return np.asarray(place(self.phi, self.domain.padded))

    def littlewood_paley(self) -> np.ndarray:
        r"""The sum $A = |\hat\phi|^2 + \tfrac12\sum|\hat\psi_\lambda(\omega)|^2 + |\hat\psi_\lambda(-\omega)|^2$."""
        power = (np.abs(self.filters()) ** 2).sum(0)
        return np.abs(self.low_pass()) ** 2 + (power + mirrored(power, self.dimension)) / 2

    def frame_bounds(self) -> tuple[float, float]:
        """The smallest and the largest value of the Littlewood–Paley sum: energy is kept within them."""
        total = self.littlewood_paley()
        return float(total.min()), float(total.max())

    def __repr__(self) -> str:
        low, high = self.frame_bounds()
        bands = f"L={self.L}" if isinstance(self.family, AbstractPlanar) else f"{len(self.table)} bands"
        return (
            f"FilterBank({type(self.family).__name__}, shape={self.shape}, J={self.J}, {bands}, "
            f"{type(self.domain.boundary).__name__}, oversampling={self.oversampling!r}, "
            f"{self.dtype}, frame bounds [{low:.3g}, {high:.3g}])"
        )


def make_bank(
    families: AbstractFamily | Sequence[AbstractFamily],
    shape: Sequence[int],
    oversampling: Oversampling,
    boundary: AbstractBoundary,
    dtype=None,
    T: float | None = None,
) -> FilterBank:
    """The bank of a family, or of one family a layer, on fields of `shape`; filters are made in float64 and cast last.

    `T` = averaging support in samples of the low-pass, 2^J by default.
    """
    families = [families] if isinstance(families, AbstractFamily) else list(families)
    if oversampling != "full" and (isinstance(oversampling, str) or isinstance(oversampling, int) and oversampling < 0):
        raise InputError(f"oversampling={oversampling!r} must be a number of octaves >= 0, or 'full'.")
    for family in families:
        if len(shape) != family.dimension:
            raise InputError(
                f"shape={tuple(shape)} has {len(shape)} axes; {type(family).__name__} wants {family.dimension}."
            )
        family.check(tuple(shape))
    J = max(family.J for family in families)
    T = float(2**J if T is None else T)
    if not 1 <= T <= min(shape):
        raise InputError(f"T={T:g} must lie between 1 and the smallest side, {min(shape)}: it is averaged over.")
    dtype = jnp.result_type(float) if dtype is None else dtype
    domain = Torus(shape, boundary, J, T)
    if boundary.redone and isinstance(oversampling, int):
        raise InputError("a pad redone at each layer needs grids of samples: use oversampling='full' or Decimated().")
    bank = _layer(families[-1], domain, oversampling, dtype, T, None)
    for family in reversed(families[:-1]):
        bank = _layer(family, domain, oversampling, dtype, T, bank)
    return bank


def _layer(family, domain: Torus, oversampling: Oversampling, dtype, T: float, later: FilterBank | None) -> FilterBank:
    grids = tuple(grid(domain.padded, j, oversampling) for j in range(family.scales))
    psi = [_boxed(family.psi(domain.padded, j), side, oversampling, dtype) for j, side in enumerate(grids)]
    phi = family.phi(domain.padded, T)
    phi = cut(phi, support(phi, domain.padded)) if isinstance(oversampling, int) else phi
    kept = tuple(cast(filters, dtype) for filters in psi)
    return FilterBank(kept, cast(phi, dtype), family, domain, grids, oversampling, T, later)


def cast(filters: np.ndarray, dtype) -> Array:
    """Filters on the device, with the precision of a real dtype."""
    kind = np.result_type(dtype, np.complex64) if np.iscomplexobj(filters) else dtype
    return jax.device_put(np.asarray(filters, kind))


def _boxed(filters: np.ndarray, side: Shape, oversampling: Oversampling, dtype) -> np.ndarray:
    """The filters on the box that is stored: all, what fits on the grid, or whole periods of it that alias onto it."""
    torus = filters.shape[1:]
    if oversampling == "full":
        return filters
    if isinstance(oversampling, int):
        return cut(filters, support(filters, side))
    box = support(filters, torus, 4 * float(jnp.finfo(dtype).eps))
    return cut(filters, tuple(min(-(-b // g) * g, n) for b, g, n in zip(box, side, torus, strict=True)))


def grid(padded: Shape, j: int, oversampling: Oversampling) -> Shape:
    """The grid on which the fields of scale j live."""
    if oversampling == "full":
        return padded
    if isinstance(oversampling, Decimated):
        step = 2 ** max((j if oversampling.most is None else min(j, oversampling.most)) - oversampling.octaves, 0)
        if any(n % step for n in padded):
            raise InputError(f"sides {padded} are not multiples of {step}: use a smaller J, or a boundary that pads.")
        return tuple(n // step for n in padded)
    return tuple(smooth(max(n * 2 ** (oversampling - j), 16), n) for n in padded)


def support(filters: np.ndarray, most: Shape, negligible: float = NEGLIGIBLE) -> Shape:
    """The smallest odd box, at most `most`, outside of which the filters are negligible."""
    shape = filters.shape[filters.ndim - len(most) :]
    size = np.abs(filters).reshape(-1, *shape).max(0, initial=0.0)
    large = size > negligible * size.max()
    sides = []
    for axis, numbers in enumerate(wave_numbers(shape)):
        reach = np.abs(np.broadcast_to(numbers, shape)[large]).max(initial=0)
        sides.append(min(2 * int(reach) + 1, most[axis]))
    return tuple(sides)


def cut(filters: np.ndarray, box: Shape) -> np.ndarray:
    """The wave numbers of `box` from filters over a larger torus (NumPy, last axes)."""
    for offset, side in enumerate(reversed(box), start=1):
        axis = filters.ndim - offset
        length = filters.shape[axis]
        filters = np.take(filters, np.r_[0 : (side + 1) // 2, length - side // 2 : length], axis)
    return filters


def resampled(window: np.ndarray, grid: Shape) -> np.ndarray:
    """A window over the torus band-limited to a grid: exact for means of fields that live there."""
    if window.shape == grid:
        return window
    spectrum = cut(np.fft.fftn(window, norm="forward"), grid)
    return np.fft.ifftn(spectrum, norm="forward").real
