r"""Phase harmonic and rectifier covariances: the constraints that draw the best textures and turbulence of one image.

Choose phase harmonics (Zhang and Mallat 2021; Allys et al. 2020) for physical fields and turbulence: few thousand
numbers, complex phases, cross statistics of maps. Choose rectifiers (Brochard, Zhang and Mallat 2022) for visual
textures: ten times as many. Scattering spectra (`ScatteringSpectra`) are fewer numbers for the same fields.
"""

from ...citations import cites
from ...errors import InputError
from ...operators.operator import check_channels
from ...wavelets import FilterBank
from ..base import AbstractMoments
from .angular import AbstractAngular, angular
from .edges import with_mask
from .engine import covariances
from .gamma import Gamma


@cites("mallat2018", "zhang2021")
def PhaseHarmonics(  # noqa: N802
    bank: FilterBank, pairs: Gamma, channels: int | None = None, mask=None, *, remove_edges: bool = False
) -> AbstractMoments:
    r"""Covariances of phase harmonics $[x\star\psi_{j\ell}]^k$ of images `(*batch, [channel], y, x)`.

    $$S[a,b,\tau] = \left\langle\tilde f_a(u+\tau)\,\overline{\tilde f_b(u)}\right\rangle,\quad
    f_a = [x\star\psi_{j\ell}]^k,\quad [z]^k = |z|e^{ik\arg z}$$

    over the rows (a, b, tau) of `pairs`: one of `scatjax.pairs` or your own `Gamma`. $\tilde f$ are centered and scaled
    by the target's fields, frozen by `fit`. All fields are on the whole canvas: a bank of less `oversampling` than the
    default only has its filters cut.

    **Arguments**

    - `bank`: of images.
    - `pairs`: the index set, for the J and L of the bank.
    - `channels`: None, or how many the fields have; rows name theirs, c1 and c2.
    - `mask`: true where the field is known; what is nearer to the rest than $2^j$ samples is left out after centering.
    - `remove_edges`: true of a canvas that is not periodic; what is nearer to its border than $2^j$ is left out.

    A mask, or removed edges, stand for the edges of `pairs`.

    **Errors** InputError for a Gamma of other scales, angles or channels (too few: the others would be free), shifts
    beyond the grid, a mask that leaves a scale empty.

    >>> import numpy as np, scatjax as sj
    >>> bank = sj.wavelets.bump_steerable((32, 32), J=3, L=4)
    >>> phi = PhaseHarmonics(bank, sj.pairs.pywph(J=3, L=4))
    >>> x = np.random.default_rng(0).normal(size=(32, 32)).astype("float32")
    >>> phi.fit(x)(x)["S11"].shape
    (12,)
    """
    if _checked(bank, pairs).phases is not None:
        raise InputError("these pairs are of rectifiers: use RectifierCovariances(bank, pairs).")
    return _map(bank, pairs, channels, mask, remove_edges=remove_edges)


@cites("brochard2022")
def RectifierCovariances(  # noqa: N802
    bank: FilterBank, pairs: Gamma, channels: int | None = None, mask=None, *, remove_edges: bool = False
) -> AbstractMoments:
    r"""Covariances of rectified wavelet fields $\rho_\alpha(x\star\psi) = \mathrm{ReLU}(\mathrm{Re}(e^{i\alpha}
    x\star\psi))$, as `PhaseHarmonics`; phases $\alpha = 2\pi m/A$ are the `m1`, `m2` of the rows (Brochard, Zhang and
    Mallat 2022). The Fourier series over $\alpha$ are harmonics: $\rho_\alpha(z) = \sum_k\hat h_ke^{ik\alpha}[z]^k$.

    **Arguments**

    - `bank`, `pairs`, `channels`, `mask`, `remove_edges`: as of `PhaseHarmonics`; pairs of rectifiers.

    >>> import numpy as np, scatjax as sj
    >>> bank = sj.wavelets.morlet((32, 32), J=3, L=4)
    >>> phi = RectifierCovariances(bank, sj.pairs.alpha_gray(J=3, L=4, scale_steps=1))
    >>> len(phi.table)
    6804
    """
    if _checked(bank, pairs).phases is None:
        raise InputError("these pairs are of phase harmonics: use PhaseHarmonics(bank, pairs).")
    return _map(bank, pairs, channels, mask, remove_edges=remove_edges)


def _checked(bank: FilterBank, pairs: Gamma) -> Gamma:
    if not isinstance(bank, FilterBank) or not isinstance(pairs, Gamma):
        raise InputError("pass a bank, as sj.wavelets.bump_steerable(shape, J, L), and pairs, as sj.pairs.pywph(J, L).")
    if bank.dimension != 2:
        raise InputError("these covariances are of images: use ScatteringSpectra for series.")
    if pairs.angular is not None and not isinstance(pairs.angular, AbstractAngular):
        raise InputError(f"angular={pairs.angular}: pass AngularFourier(), Isotropic() or None.")
    return pairs


def _check_channels(pairs: Gamma, channels: int | None) -> None:
    check_channels(channels)
    if pairs.complex_map and channels != 2:
        raise InputError(f"channels={channels}: a complex map is two channels, its real and imaginary parts.")
    if (channels or 1) > 1 and not pairs.has_channels and not pairs.complex_map:
        raise InputError(
            f"channels={channels}, and these pairs are of channel 0 alone: pass pairs.with_channels({channels}), a set"
            " of channels (`alpha_color`), or channels=None."
        )


def _map(bank: FilterBank, pairs: Gamma, channels, mask, *, remove_edges: bool) -> AbstractMoments:
    _check_channels(pairs, channels)
    given = mask is not None or remove_edges
    edges = with_mask(pairs.edges, bank, mask, remove_edges=remove_edges) if given else pairs.edges
    phi = covariances(bank, pairs, channels, edges)
    return phi if pairs.angular is None else angular(phi, pairs.angular)
