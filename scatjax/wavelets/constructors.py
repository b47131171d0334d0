"""`sj.wavelets.morlet(shape, J=…, L=…)` and its siblings: one signature for every family in two dimensions."""

from collections.abc import Sequence

import numpy as np

from ..domains import AbstractBoundary, Periodic
from ..errors import InputError
from .bank import FilterBank, Oversampling, make_bank
from .family import check_scales
from .morlet import AbstractConstants, Exact, Morlet
from .steerable import BumpCheng, BumpSteerable, GaussianSteerable, Shannon

PERIODIC = Periodic()


def morlet(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 4,
    constants: AbstractConstants | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
) -> FilterBank:
    """Morlet wavelets on fields of `shape` = (y, x): J octaves (default: as many as fit, less one), L angles.

    `constants` = `Exact()` (ours, default), `Kymatio()` or `Cheng()`; `oversampling` = octaves beyond the Nyquist grid
    of each scale, or "full"; `dtype` of the filters: JAX's default float. Any side of at least 2^J is allowed, odd and
    non-square too.

    >>> bank = morlet((32, 32), J=3, L=4)
    >>> [psi.shape[0] for psi in bank.psi], bank.grids
    ([4, 4, 4], ((32, 32), (32, 32), (32, 32)))
    """
    J = _scales(shape, J, L)
    return make_bank(Morlet(J, L, constants or Exact()), shape, oversampling, boundary, dtype)


def bump_steerable(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 8,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
) -> FilterBank:
    """Steerable bumps of Mallat, Zhang and Rochette (also pywph's), center .85 pi; see `morlet` for the arguments.

    >>> bump_steerable((32, 32), J=3, L=4).J
    3
    """
    return make_bank(BumpSteerable(_scales(shape, J, L), L), shape, oversampling, boundary, dtype)


def bump_cheng(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 4,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
) -> FilterBank:
    """Steerable bumps of Cheng et al. ("BS"), center .75 pi; see `morlet` for the arguments.

    >>> bump_cheng((32, 32), J=3).L
    4
    """
    return make_bank(BumpCheng(_scales(shape, J, _even(L)), L), shape, oversampling, boundary, dtype)


def gaussian_steerable(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 4,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
) -> FilterBank:
    """Gaussian-steerable wavelets of Cheng et al. ("gau"); see `morlet` for the arguments.

    >>> gaussian_steerable((32, 32), J=3).L
    4
    """
    return make_bank(GaussianSteerable(_scales(shape, J, _even(L)), L), shape, oversampling, boundary, dtype)


def shannon(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 4,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
) -> FilterBank:
    """Shannon wavelets of Cheng et al.: indicators of sectors; see `morlet` for the arguments.

    >>> shannon((32, 32), J=3).L
    4
    """
    return make_bank(Shannon(_scales(shape, J, L), L), shape, oversampling, boundary, dtype)


def _scales(shape: Sequence[int], J: int | None, L: int) -> int:
    """J as given, or as many octaves as fit, less one (the default of Cheng et al.)."""
    J = max(int(np.log2(max(min(shape), 1))) - 1, 1) if J is None else J
    check_scales(J, L, tuple(shape))
    return J


def _even(L: int) -> int:
    if L % 2:
        raise InputError(f"L={L}: this family is defined for even L, use {L + 1}.")
    return L
