"""Constructors of the families that images have, `sj.wavelets.morlet(shape, J=…, …)`; some have series too.

Families of series alone are in `series`; the arguments that all share are in `shared`.
"""

from collections.abc import Sequence

from ...citations import cites
from ...domains import AbstractBoundary
from ...errors import InputError
from ..bank import Decimated, FilterBank, Oversampling
from ..families.dyadic import AbstractTrim
from ..families.morlet import AbstractConstants, Exact, Morlet
from ..families.morlet_series import MorletSeries
from ..families.peers.images import BumpCheng, Cheng, GaussianSteerable, Shannon
from ..families.peers.scatnet import ScatNetGabor, ScatNetMorlet, ScatNetPlanar
from ..families.peers.scatspectra import SpectraMeyer, SpectraMorlet, SpectraShannon
from ..families.profile import Profile, ProfileSeries, ProfileSteerable
from ..families.steerable import BumpSteerable
from ..families.telescope import MeyerSeries, MeyerSteerable, ShannonSeries, ShannonSteerable
from ..family import AbstractFamily
from .shared import PERIODIC, Layers, bank, documented, layers, octaves, refuse, scales


@cites("bruna2013", "anden2014")
@documented
def morlet(
    shape: Sequence[int],
    J: int | None = None,
    L: int | None = None,
    Q: Layers = None,
    constants: AbstractConstants | AbstractTrim | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    *,
    full_band: bool = False,
    tight: bool = False,
) -> FilterBank:
    """Morlet wavelets on images of `shape` = (y, x), with L angles (4), or on series of `shape` = (N,), Q per octave.

    `constants` = `Exact()` (ours, default), `Kymatio()`, `Cheng()` (images) or `ScatSpectra()` (series). Any side of at
    least 2^J is allowed, odd and non-square too.

    >>> images = morlet((32, 32), J=3, L=4)
    >>> [psi.shape[0] for psi in images.psi], images.grids
    ([4, 4, 4], ((32, 32), (32, 32), (32, 32)))
    >>> sounds = morlet((1024,), J=6, Q=8)
    >>> [psi.shape[0] for psi in sounds.psi], [psi.shape[0] for psi in sounds.layer(1).psi]
    ([10, 8, 8, 7, 4, 1], [3, 1, 1, 1, 1])
    """
    families: list[AbstractFamily]
    if len(shape) == 1:
        refuse(f"L={L}", "a series has no angles, use Q, the wavelets an octave", when=L is not None)
        J = octaves(shape, J)
        families = [_morlet_series(J, q, constants or Exact(), full_band=full_band) for q in layers(Q)]
    else:
        refuse(f"Q={Q}", "an image has one wavelet an octave, use L, its angles", when=Q is not None)
        refuse("full_band=True", "it is of series, use tight=True, or Meyer wavelets", when=full_band)
        own = None if isinstance(constants, AbstractTrim) else constants
        refuse(f"{constants}", "it is of series, use Exact(), Kymatio() or Cheng()", when=own is not constants)
        L = 4 if L is None else L
        families = [Morlet(scales(shape, J, L), L, own or Exact())]
    return bank(families, shape, oversampling, boundary, dtype, T, tight=tight)


def _morlet_series(J: int, Q: int, constants: AbstractConstants | AbstractTrim, *, full_band: bool) -> AbstractFamily:
    if isinstance(constants, AbstractTrim):
        refuse("full_band=True", f"{constants} has its own bands, use Exact()", when=full_band)
        return SpectraMorlet(J, Q, constants=constants)
    planar = isinstance(constants, Cheng)
    refuse(f"{constants}", "it is of images, use Exact(), Kymatio() or ScatSpectra()", when=planar)
    return MorletSeries(J, Q, full_band=full_band, constants=constants)


@cites("mallat2018")
@documented
def bump_steerable(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 8,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    *,
    tight: bool = False,
) -> FilterBank:
    """Steerable bumps of Mallat, Zhang and Rochette (also pywph's), center .85 pi.

    >>> bump_steerable((32, 32), J=3, L=4).J
    3
    """
    return bank([BumpSteerable(scales(shape, J, L), L)], shape, oversampling, boundary, dtype, T, tight=tight)


@cites("cheng2023")
@documented
def bump_cheng(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 4,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    *,
    tight: bool = False,
) -> FilterBank:
    """Steerable bumps of Cheng et al. ("BS"), center .75 pi.

    >>> bump_cheng((32, 32), J=3).L
    4
    """
    return bank([BumpCheng(scales(shape, J, _even(L)), L)], shape, oversampling, boundary, dtype, T, tight=tight)


@cites("cheng2023")
@documented
def gaussian_steerable(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 4,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    *,
    tight: bool = False,
) -> FilterBank:
    """Gaussian-steerable wavelets of Cheng et al. ("gau").

    >>> gaussian_steerable((32, 32), J=3).L
    4
    """
    return bank(
        [GaussianSteerable(scales(shape, J, _even(L)), L)], shape, oversampling, boundary, dtype, T, tight=tight
    )


@documented
def shannon(
    shape: Sequence[int],
    J: int | None = None,
    L: int | None = None,
    constants: AbstractTrim | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    *,
    tight: bool = False,
    Q: Layers = None,
) -> FilterBank:
    """Shannon wavelets: those of Cheng et al. on images (indicators of L sectors, 4), octaves on series, a tight frame.

    `constants` = `ScatSpectra()` is scatspectra's on series; it alone has Q bands per octave. Steered rings on
    images are `shannon_steerable`.

    >>> shannon((32, 32), J=3).L, shannon((32,), J=3).scales
    (4, 3)
    """
    if len(shape) == 1:
        families = _octave(ShannonSeries, SpectraShannon, shape, J, L, Q, constants)
    else:
        refuse(f"Q={Q}", "an image has one wavelet an octave, use L, its angles", when=Q is not None)
        families = [_angles(Shannon, shape, J, L, constants)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight=tight)


@documented
def shannon_steerable(
    shape: Sequence[int],
    J: int | None = None,
    L: int | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    *,
    tight: bool = False,
) -> FilterBank:
    """Rings steered to L >= 2 angles (4) on images: a tight frame.

    >>> [round(bound, 6) for bound in shannon_steerable((32, 32), J=3, oversampling="full").frame_bounds()]
    [1.0, 1.0]
    """
    families = [_angles(ShannonSteerable, shape, J, L, None)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight=tight)


@documented
def meyer(
    shape: Sequence[int],
    J: int | None = None,
    L: int | None = None,
    constants: AbstractTrim | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    *,
    tight: bool = False,
    Q: Layers = None,
) -> FilterBank:
    """Meyer wavelets, a tight frame: steered to L >= 2 angles (4) on images, analytic and one per octave on series.

    `constants` = `ScatSpectra()` is scatspectra's on series; it alone has Q bands per octave.

    >>> [round(bound, 6) for bound in meyer((64,), J=3, oversampling="full").frame_bounds()]
    [1.0, 1.0]
    """
    if len(shape) == 1:
        families = _octave(MeyerSeries, SpectraMeyer, shape, J, L, Q, constants)
    else:
        refuse(f"Q={Q}", "an image has one wavelet an octave, use L, its angles", when=Q is not None)
        families = [_angles(MeyerSteerable, shape, J, L, constants)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight=tight)


@cites("anden2014", "scatnet")
@documented
def scatnet(
    shape: Sequence[int],
    J: int | None = None,
    L: int | None = None,
    Q: Layers = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    *,
    tight: bool = False,
) -> FilterBank:
    """ScatNet's wavelets: Morlet's at L angles (8) on images; on series Q per octave (8), Gabor's in the first layer.

    With Q = 1, and in later layers, they are Morlet's. The peer's grids and pad are `Decimated()` and
    `SymmetricOn(sides, redone=True)`, its chains on series `Bandwidth()`; see `families.peers.scatnet`.

    >>> sounds = scatnet((2048,), J=8)
    >>> len(sounds.table), len(sounds.layer(1).table), scatnet((32, 32), J=2).L
    (36, 8, 8)
    """
    families: list[AbstractFamily]
    if len(shape) == 1:
        refuse(f"L={L}", "a series has no angles, use Q, the wavelets an octave", when=L is not None)
        J, demodulated = octaves(shape, J), isinstance(oversampling, Decimated)
        first, *later = layers(8 if Q is None else Q)
        family = ScatNetGabor if first > 1 else ScatNetMorlet
        top = family(J, first, demodulated=demodulated)
        families = [top, *(ScatNetMorlet(J, q, demodulated=demodulated) for q in later)]
    else:
        refuse(f"Q={Q}", "an image has one wavelet an octave, use L, its angles", when=Q is not None)
        L = 8 if L is None else L
        families = [ScatNetPlanar(scales(shape, J, L), L)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight=tight)


@documented
def profile(
    shape: Sequence[int],
    function: Profile,
    J: int | None = None,
    L: int | None = None,
    Q: Layers = None,
    low_pass: Profile | None = None,
    xi: int | float = 0.375,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    *,
    tight: bool = False,
) -> FilterBank:
    """Wavelets of your own `function` of frequency, on images steered to L angles (4); see `families.profile`.

    **Arguments**

    - `function`: of frequency over `xi` 2^(-n/Q); it has its largest value at 1 and vanishes at 0.
    - `low_pass`: a function of T times the frequency, 1 at 0; a Gaussian by default.
    - `xi`: the center of the finest band in cycles per sample.

    >>> import numpy as np
    >>> p = lambda r: np.where(r > 0, r**4 * np.exp(4 * (1 - r)), 0.0)
    >>> profile((256,), p, J=4, Q=2).table["xi"][:4].round(3)
    array([0.375, 0.265, 0.188, 0.133])
    """
    families: list[AbstractFamily]
    if len(shape) == 1:
        refuse(f"L={L}", "a series has no angles, use Q, the wavelets an octave", when=L is not None)
        J = octaves(shape, J)
        families = [ProfileSeries(J, q, function, low_pass, xi) for q in layers(Q)]
    else:
        refuse(f"Q={Q}", "an image has one wavelet an octave, use L, its angles", when=Q is not None)
        L = 4 if L is None else L
        families = [ProfileSteerable(scales(shape, J, L), L, function, low_pass, xi)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight=tight)


def _octave(ours, peer, shape, J, L: int | None, Q: Layers, constants: AbstractTrim | None) -> list[AbstractFamily]:
    """Families of one band an octave, of which the peer's have more."""
    refuse(f"L={L}", "a series has no angles, use Q, the wavelets an octave", when=L is not None)
    J, many = octaves(shape, J), layers(1 if Q is None else Q)
    if constants is None:
        several = set(many) != {1}
        refuse(f"Q={Q}", "this family has one wavelet an octave, use constants=ScatSpectra()", when=several)
        return [ours(J)]
    return [peer(J, q, constants=constants) for q in many]


def _angles(family, shape, J, L: int | None, constants: AbstractTrim | None) -> AbstractFamily:
    refuse(f"{constants}", "it is of series, leave `constants` out", when=constants is not None)
    L = 4 if L is None else L
    return family(scales(shape, J, L), L)


def _even(L: int) -> int:
    if L % 2:
        raise InputError(f"L={L}: this family is defined for even L, use {L + 1}.")
    return L
