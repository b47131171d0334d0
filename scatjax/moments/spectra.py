r"""Scattering spectra (Cheng, Morel, Allys, Ménard, Mallat 2023; arXiv 2306.17210): a few hundred to a few thousand
numbers that hold the power spectrum, sparsity, and the dependence between scales of a field. Choose them for physical
fields and textures with one image as data.
"""

from ..errors import InputError
from ..operators.operator import check_channels
from ..wavelets import FilterBank
from . import pairs
from .moments import Moments, make_gram, remainders
from .window import make_windows


def ScatteringSpectra(  # noqa: N802
    bank: FilterBank,
    isotropic: bool = False,
    normalization: str = "P00",
    channels: int | None = None,
    mask=None,
    remove_edges: bool = False,
    ends: bool = False,
    outer=None,
) -> Moments:
    r"""Scattering spectra of fields `(*batch, [channel], y, x)`:

    $$P_{00}[j] = \langle|x\star\psi_j|^2\rangle,\quad S_1[j] = \langle|x\star\psi_j|\rangle,\quad
    C_{01}[j_2,j_3] = \frac{\langle x\,\overline{|x\star\psi_2|\star\psi_3}\rangle}{\sqrt{P_{00}[j_3]P_{00}[j_2]}},\quad
    C_{11}[j_1,j_2,j_3] = \frac{\langle(|x\star\psi_1|\star\psi_3)\overline{(|x\star\psi_2|\star\psi_3)}\rangle}
    {\sqrt{P_{00}[j_1]P_{00}[j_2]}}$$

    for $j_1\le j_2\le j_3$ and all angles. Kinds of rows: "mean/std", "log P00", "log S1", "C01", "C11" (and "log
    P11"). As computed by the peer, $C_{01}$ carries $\psi_3$ ONCE (its docstring and the paper have $\psi_3$ on both
    factors), so that $|C_{01}|\le1$ is not guaranteed. Rows that are zero by structure (the imaginary part of the
    diagonal of $C_{11}$) do not exist.

    **Arguments** `isotropic`: real parts averaged over the first angle at fixed differences (`l2`, `l3` of the table
    are then relative to it). `normalization`: "P00" or "P11" ($P_{11} =
    \langle||x\star\psi_2|\star\psi_3|^2\rangle$). `channels`: None, or 2 for the cross spectra of two fields
    `(*batch, 2, y, x)`. `mask`: true where the field is known. `remove_edges`: leave out what the border of a field
    that is not periodic has touched. `ends`: also the log powers of the low-pass and of the corners of the Fourier
    plane, so that no band is free. `outer`: other filters for the second layer, (J, L, *torus).

    **Errors** InputError for an unknown normalization, channels other than None, 1 or 2, a mask that leaves a scale
    empty.

    >>> import numpy as np
    >>> from scatjax.wavelets import morlet
    >>> phi = ScatteringSpectra(morlet((64, 64), J=4, L=4), isotropic=True)
    >>> len(phi.table), phi(np.random.default_rng(0).normal(size=(64, 64)).astype("float32"))["C01"].shape
    (369, (40,))
    """
    check_channels(channels)
    if normalization not in ("P00", "P11"):
        raise InputError(f"normalization={normalization!r}: use 'P00' (the power of each band) or 'P11'.")
    if (channels or 1) > 2 or (channels == 2 and normalization == "P11"):
        raise InputError(f"channels={channels} with {normalization}: spectra take one field, or two normalized by P00.")
    windows = make_windows(bank, mask, remove_edges)
    rows = pairs.scattering_spectra(bank.J, bank.L, channels or 1, isotropic, normalization, ends)
    gram = make_gram(bank, windows, outer)
    return Moments(bank, gram, windows, remainders(bank) if ends else None, rows, channels, None, None)
