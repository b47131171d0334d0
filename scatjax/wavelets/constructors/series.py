"""Constructors of the families that exist on series alone; see `constructors` for the arguments that all share."""

from collections.abc import Sequence

import numpy as np

from ...citations import cites
from ...domains import AbstractBoundary
from ...errors import InputError
from ..bank import FilterBank, Oversampling
from ..families.dyadic import AbstractTrim, BattleLemarie, Bump, Untrimmed
from ..families.haar import HaarSeries
from ..families.morlet_series import GaborSeries, MorletSeries, elbow, smallest_scales
from ..family import AbstractFamily, check_series
from .shared import PERIODIC, Layers, bank, check_line, layers, named, octaves


@cites("anden2014")
def morlet_hz(
    shape: Sequence[int],
    f_min: int | float,
    f_max: int | float,
    sampling_rate: int | float,
    Q: Layers = 8,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    full_band: bool = False,
) -> FilterBank:
    """Morlet wavelets whose centers, in the first layer, lie between `f_min` and `f_max` Hz.

    J is the smallest that keeps Q wavelets an octave down to `f_min`; bands outside are dropped. xi and sigma of the
    table times `sampling_rate` are in Hz.

    >>> sounds = morlet_hz((4096,), 200, 3000, sampling_rate=8000)
    >>> hertz = sounds.table["xi"] * 8000
    >>> sounds.J, len(hertz), int(hertz.min()), int(hertz.max())
    (7, 31, 217, 2928)
    """
    check_line(shape, "morlet_hz", "morlet")
    first, *later = layers(Q)
    if not 0 < f_min < f_max <= sampling_rate / 2:
        raise InputError(
            f"f_min={f_min:g} and f_max={f_max:g} Hz must satisfy 0 < f_min < f_max <= {sampling_rate / 2:g}, "
            f"half of the sampling rate."
        )
    least = max(map(smallest_scales, (first, *later)))
    J = _octaves_down_to(f_min / sampling_rate, first, least, shape[0], sampling_rate)
    limits = (f_min / sampling_rate, f_max / sampling_rate)
    families = [MorletSeries(J, first, full_band, limits), *(MorletSeries(J, q, full_band) for q in later)]
    if not families[0].bands():
        raise InputError(f"no wavelet of Q={first} stands between {f_min:g} and {f_max:g} Hz: widen them, or raise Q.")
    return bank(families, shape, oversampling, boundary, dtype, T, False)


def _octaves_down_to(nu: float, Q: int, least: int, N: int, rate: int | float) -> int:
    check_series(least, Q, (N,))
    most = int(np.log2(N))
    for J in range(least, most + 1):
        if elbow(J, Q) <= nu:
            return J
    raise InputError(
        f"{N} samples do not hold Q={Q} wavelets an octave down to {nu * rate:g} Hz: "
        f"use f_min >= {elbow(most, Q) * rate:.4g}, a smaller Q, or a longer series."
    )


@cites("anden2014")
def gabor(
    shape: Sequence[int],
    J: int | None = None,
    Q: Layers = 8,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    full_band: bool = False,
    tight: bool = False,
) -> FilterBank:
    """Gabor wavelets, Q >= 4 an octave; layers that Q does not name are Morlet's, one an octave.

    >>> [type(gabor((1024,), J=6, Q=8).layer(m).family).__name__ for m in (0, 1)]
    ['GaborSeries', 'MorletSeries']
    """
    check_line(shape, "gabor", "morlet")
    J = octaves(shape, J)
    families: list[AbstractFamily] = [GaborSeries(J, q, full_band) for q in named(Q)]
    return bank([*families, MorletSeries(J, 1, full_band)], shape, oversampling, boundary, dtype, T, tight)


@cites("battle1987", "lemarie1988")
def battle_lemarie(
    shape: Sequence[int],
    J: int | None = None,
    Q: Layers = None,
    constants: AbstractTrim | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    tight: bool = False,
) -> FilterBank:
    """Cubic splines of Battle and Lemarié, the wavelets of Morel et al.; `constants` = `ScatSpectra()` is theirs.

    Where they use one bank of Q > 1 for both layers, name both: Q=(2, 2).

    >>> [round(bound, 2) for bound in battle_lemarie((256,), J=3, oversampling="full").frame_bounds()]
    [0.5, 1.0]
    """
    check_line(shape, "battle_lemarie", "bump_steerable")
    J = octaves(shape, J)
    families = [BattleLemarie(J, q, constants=constants or Untrimmed()) for q in layers(Q)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight)


def bump(
    shape: Sequence[int],
    J: int | None = None,
    Q: Layers = None,
    constants: AbstractTrim | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    tight: bool = False,
) -> FilterBank:
    """Bumps, compact in frequency; `constants` = `ScatSpectra()` is scatspectra's.

    >>> [round(bound, 2) for bound in bump((256,), J=6, oversampling="full").frame_bounds()]
    [0.71, 1.0]
    """
    check_line(shape, "bump", "bump_steerable")
    J = octaves(shape, J)
    families = [Bump(J, q, constants=constants or Untrimmed()) for q in layers(Q)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight)


def haar(
    shape: Sequence[int],
    J: int | None = None,
    oversampling: Oversampling = "full",
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    tight: bool = False,
) -> FilterBank:
    """Haar's wavelets, à trous, one an octave: real in time, complex in Fourier, a tight frame.

    No grid below the full one holds them: a number for `oversampling` cuts their tails (white noise, two octaves: 2 %).

    >>> [round(bound, 6) for bound in haar((64,), J=3).frame_bounds()]
    [1.0, 1.0]
    """
    check_line(shape, "haar", "shannon")
    return bank([HaarSeries(octaves(shape, J))], shape, oversampling, boundary, dtype, T, tight)
