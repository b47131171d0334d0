"""`sj.wavelets.morlet(shape, J=…, …)` and its siblings: one signature for every family; `shape` says the dimension.

Families of series alone are in `series`. Arguments that all share, in their order:

    J             octaves; default: as many as fit, less one (images), less three (series)
    L             angles, of images
    Q             wavelets an octave, of series: a number, or one a layer; layers that are not named have 1
    constants     how it is sampled: ours (default) or a peer's
    oversampling  octaves beyond the Nyquist grid of each scale, "full", or `Decimated()`
    boundary      what the field is outside of its canvas
    dtype         of the filters: JAX's default float
    T             samples over which the low-pass averages, 2^J by default
    full_band     whether wavelets above the top one fill the band up to the Nyquist frequency
    tight         whether the filters are divided by the root of their Littlewood–Paley sum
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
from .shared import PERIODIC, Layers, bank, layers, octaves, refuse, scales


@cites("bruna2013", "anden2014")
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
    full_band: bool = False,
    tight: bool = False,
) -> FilterBank:
    """Morlet wavelets on images of `shape` = (y, x), with L angles (4), or on series of `shape` = (N,), Q an octave.

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
        refuse(L is not None, f"L={L}", "a series has no angles, use Q, the wavelets an octave")
        J = octaves(shape, J)
        families = [_morlet_series(J, q, full_band, constants or Exact()) for q in layers(Q)]
    else:
        refuse(Q is not None, f"Q={Q}", "an image has one wavelet an octave, use L, its angles")
        refuse(full_band, "full_band=True", "it is of series, use tight=True, or Meyer wavelets")
        peer = isinstance(constants, AbstractTrim)
        refuse(peer, f"{constants}", "it is of series, use Exact(), Kymatio() or Cheng()")
        L = 4 if L is None else L
        families = [Morlet(scales(shape, J, L), L, constants or Exact())]
    return bank(families, shape, oversampling, boundary, dtype, T, tight)


def _morlet_series(J: int, Q: int, full_band: bool, constants: AbstractConstants | AbstractTrim) -> AbstractFamily:
    if isinstance(constants, AbstractTrim):
        refuse(full_band, "full_band=True", f"{constants} has its own bands, use Exact()")
        return SpectraMorlet(J, Q, constants=constants)
    refuse(isinstance(constants, Cheng), f"{constants}", "it is of images, use Exact(), Kymatio() or ScatSpectra()")
    return MorletSeries(J, Q, full_band, constants=constants)


@cites("mallat2018")
def bump_steerable(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 8,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    tight: bool = False,
) -> FilterBank:
    """Steerable bumps of Mallat, Zhang and Rochette (also pywph's), center .85 pi; see the module for the arguments.

    >>> bump_steerable((32, 32), J=3, L=4).J
    3
    """
    return bank([BumpSteerable(scales(shape, J, L), L)], shape, oversampling, boundary, dtype, T, tight)


@cites("cheng2023")
def bump_cheng(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 4,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    tight: bool = False,
) -> FilterBank:
    """Steerable bumps of Cheng et al. ("BS"), center .75 pi; see the module for the arguments.

    >>> bump_cheng((32, 32), J=3).L
    4
    """
    return bank([BumpCheng(scales(shape, J, _even(L)), L)], shape, oversampling, boundary, dtype, T, tight)


@cites("cheng2023")
def gaussian_steerable(
    shape: Sequence[int],
    J: int | None = None,
    L: int = 4,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    tight: bool = False,
) -> FilterBank:
    """Gaussian-steerable wavelets of Cheng et al. ("gau"); see the module for the arguments.

    >>> gaussian_steerable((32, 32), J=3).L
    4
    """
    return bank([GaussianSteerable(scales(shape, J, _even(L)), L)], shape, oversampling, boundary, dtype, T, tight)


def shannon(
    shape: Sequence[int],
    J: int | None = None,
    L: int | None = None,
    constants: AbstractTrim | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    tight: bool = False,
    Q: Layers = None,
) -> FilterBank:
    """Shannon wavelets: those of Cheng et al. on images (indicators of L sectors, 4), octaves on series, a tight frame.

    `constants` = `ScatSpectra()` is scatspectra's on series; it alone has Q bands an octave, a number or one a layer;
    steered rings on images are `shannon_steerable`.

    >>> shannon((32, 32), J=3).L, shannon((32,), J=3).scales
    (4, 3)
    """
    if len(shape) == 1:
        families = _octave(ShannonSeries, SpectraShannon, shape, J, L, Q, constants)
    else:
        refuse(Q is not None, f"Q={Q}", "an image has one wavelet an octave, use L, its angles")
        families = [_angles(Shannon, shape, J, L, constants)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight)


def shannon_steerable(
    shape: Sequence[int],
    J: int | None = None,
    L: int | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    tight: bool = False,
) -> FilterBank:
    """Rings steered to L >= 2 angles (4) on images: a tight frame.

    >>> [round(bound, 6) for bound in shannon_steerable((32, 32), J=3, oversampling="full").frame_bounds()]
    [1.0, 1.0]
    """
    families = [_angles(ShannonSteerable, shape, J, L, None)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight)


def meyer(
    shape: Sequence[int],
    J: int | None = None,
    L: int | None = None,
    constants: AbstractTrim | None = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: int | float | None = None,
    tight: bool = False,
    Q: Layers = None,
) -> FilterBank:
    """Meyer wavelets, a tight frame: steered to L >= 2 angles (4) on images, analytic and one an octave on series.

    `constants` = `ScatSpectra()` is scatspectra's on series; it alone has Q bands an octave, a number or one a layer.

    >>> [round(bound, 6) for bound in meyer((64,), J=3, oversampling="full").frame_bounds()]
    [1.0, 1.0]
    """
    if len(shape) == 1:
        families = _octave(MeyerSeries, SpectraMeyer, shape, J, L, Q, constants)
    else:
        refuse(Q is not None, f"Q={Q}", "an image has one wavelet an octave, use L, its angles")
        families = [_angles(MeyerSteerable, shape, J, L, constants)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight)


@cites("anden2014", "scatnet")
def scatnet(
    shape: Sequence[int],
    J: int | None = None,
    L: int | None = None,
    Q: Layers = None,
    oversampling: Oversampling = 2,
    boundary: AbstractBoundary = PERIODIC,
    dtype=None,
    T: float | None = None,
    tight: bool = False,
) -> FilterBank:
    """ScatNet's wavelets: Morlet's at L angles (8) on images; on series Q an octave (8), Gabor's in the first layer.

    With Q = 1, and in later layers, they are Morlet's. The peer's grids and pad are `Decimated()` and
    `SymmetricOn(sides, redone=True)`, its chains on series `Bandwidth()`; see `wavelets.scatnet`.

    >>> sounds = scatnet((2048,), J=8)
    >>> len(sounds.table), len(sounds.layer(1).table), scatnet((32, 32), J=2).L
    (36, 8, 8)
    """
    families: list[AbstractFamily]
    if len(shape) == 1:
        refuse(L is not None, f"L={L}", "a series has no angles, use Q, the wavelets an octave")
        J, demodulated = octaves(shape, J), isinstance(oversampling, Decimated)
        first, *later = layers(8 if Q is None else Q)
        top = ScatNetGabor(J, first, demodulated) if first > 1 else ScatNetMorlet(J, 1, demodulated)
        families = [top, *(ScatNetMorlet(J, q, demodulated) for q in later)]
    else:
        refuse(Q is not None, f"Q={Q}", "an image has one wavelet an octave, use L, its angles")
        L = 8 if L is None else L
        families = [ScatNetPlanar(scales(shape, J, L), L)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight)


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
    tight: bool = False,
) -> FilterBank:
    """Wavelets of your own `function` of frequency over `xi` 2^(-n/Q) cycles a sample; see `wavelets.profile`.

    It has its largest value at 1 and vanishes at 0; on images it is steered to L angles (4). `low_pass` is a function
    of T times the frequency, 1 at 0; a Gaussian by default.

    >>> import numpy as np
    >>> p = lambda r: np.where(r > 0, r**4 * np.exp(4 * (1 - r)), 0.0)
    >>> profile((256,), p, J=4, Q=2).table["xi"][:4].round(3)
    array([0.375, 0.265, 0.188, 0.133])
    """
    families: list[AbstractFamily]
    if len(shape) == 1:
        refuse(L is not None, f"L={L}", "a series has no angles, use Q, the wavelets an octave")
        J = octaves(shape, J)
        families = [ProfileSeries(J, q, function, low_pass, xi) for q in layers(Q)]
    else:
        refuse(Q is not None, f"Q={Q}", "an image has one wavelet an octave, use L, its angles")
        L = 4 if L is None else L
        families = [ProfileSteerable(scales(shape, J, L), L, function, low_pass, xi)]
    return bank(families, shape, oversampling, boundary, dtype, T, tight)


def _octave(ours, peer, shape, J, L: int | None, Q: Layers, constants: AbstractTrim | None) -> list[AbstractFamily]:
    """Families of one band an octave, of which the peer's have more."""
    refuse(L is not None, f"L={L}", "a series has no angles, use Q, the wavelets an octave")
    J, many = octaves(shape, J), layers(1 if Q is None else Q)
    if constants is None:
        refuse(set(many) != {1}, f"Q={Q}", "this family has one wavelet an octave, use constants=ScatSpectra()")
        return [ours(J)]
    return [peer(J, q, constants=constants) for q in many]


def _angles(family, shape, J, L: int | None, constants: AbstractTrim | None) -> AbstractFamily:
    refuse(constants is not None, f"{constants}", "it is of series, leave `constants` out")
    L = 4 if L is None else L
    return family(scales(shape, J, L), L)


def _even(L: int) -> int:
    if L % 2:
        raise InputError(f"L={L}: this family is defined for even L, use {L + 1}.")
    return L
