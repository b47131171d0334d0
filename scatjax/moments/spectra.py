r"""Scattering spectra: a few hundred to a few thousand numbers that hold the power spectrum, sparsity, and the
dependence between scales of a field. Choose them to model and draw fields with one realization as data: images (Cheng,
Morel, Allys, Ménard, Mallat 2023; arXiv 2306.17210) and series (Morel, Rochette, Leonarduzzi, Bouchaud, Mallat 2022;
arXiv 2204.10177), by the dimension of the bank.
"""

from collections.abc import Sequence

from ..errors import InputError
from ..operators.operator import check_channels
from ..wavelets import FilterBank
from . import planar, series
from .gram import make_gram
from .layout import Pairs
from .moments import Moments, remainders
from .window import make_windows

OWN = "P00"


def ScatteringSpectra(  # noqa: N802
    bank: FilterBank,
    isotropic: bool = False,
    normalization: str | None = OWN,
    channels: int | None = None,
    mask=None,
    remove_edges: bool = False,
    ends: bool = False,
    outer=None,
    graph: Sequence[tuple[int, int]] | None = None,
) -> Moments:
    r"""Scattering spectra of images `(*batch, [channel], y, x)` or series `(*batch, [channel], time)`.

    **Images**:

    $$P_{00}[j] = \langle|x\star\psi_j|^2\rangle,\quad S_1[j] = \langle|x\star\psi_j|\rangle,\quad
    C_{01}[j_2,j_3] = \frac{\langle x\,\overline{|x\star\psi_2|\star\psi_3}\rangle}{\sqrt{P_{00}[j_3]P_{00}[j_2]}},\quad
    C_{11}[j_1,j_2,j_3] = \frac{\langle(|x\star\psi_1|\star\psi_3)\overline{(|x\star\psi_2|\star\psi_3)}\rangle}
    {\sqrt{P_{00}[j_1]P_{00}[j_2]}}$$

    for $j_1\le j_2\le j_3$ and all angles. Kinds of rows: "mean/std", "log P00", "log S1", "C01", "C11" (and "log
    P11"). As computed by the peer, $C_{01}$ carries $\psi_3$ ONCE (its docstring and the paper have $\psi_3$ on both
    factors), so that $|C_{01}|\le1$ is not guaranteed. Rows that are zero by structure (the imaginary part of the
    diagonal of $C_{11}$) do not exist.

    **Series**, with $W_j = x\star\psi_j$ and $V_{j_1j_2} = |x\star\psi_{j_1}|\star\psi_{j_2}$, the low-pass at j = J:

    $$\Phi_1[j] = \langle|W_j|\rangle,\quad \Phi_2[j] = \langle|W_j|^2\rangle,\quad
    \Phi_3[j_1,j_2] = \langle W_{j_2}\overline{V_{j_1j_2}}\rangle,\quad
    \Phi_4[j_1,j_2,j_3] = \langle V_{j_2j_3}\overline{V_{j_1j_3}}\rangle$$

    for $j_1\le j_2<j_3$ ($j_2\le J$ in $\Phi_3$), kinds "Phi1", "mean", "Phi2", "Phi3", "Phi4": sparsity, mean,
    variance, phase-modulus skewness and envelope kurtosis. $\Phi_1$, $\Phi_3$, $\Phi_4$ are divided by
    $\Phi_2^{1/2}$ of each band they hold, the field's own or that of the fit; $\Phi_2$ and the mean by those of a fit
    alone. $\mathrm{Im}\,\Phi_3$ and $\mathrm{Im}\,\Phi_4$ change sign with the direction of time. Nothing is centered:
    see `energies.Centered`. With Q bands an octave, rows keep $j_1\le j_2<j_3$ in octaves and n1 <= n2 in $\Phi_4$.

    **Arguments** `isotropic`: real parts averaged over the first angle at fixed differences (`l2`, `l3` of the table
    are then relative to it). `normalization`: "P00" or "P11" ($P_{11} =
    \langle||x\star\psi_2|\star\psi_3|^2\rangle$) on images; "P00" or None (no division) on series. `channels`: None, 2
    for the cross spectra of two images, any number of series; `graph`: the pairs (left, right) of channels of series
    whose spectra are wanted, by default all; of channel "ab", a gives $W$ in $\Phi_3$ and $j_2$ in $\Phi_4$, b the
    modulus $j_1$. `mask`: true where the field is known; what stands elsewhere, NaN too, counts for nothing, and
    samples that are drawn keep their start there. `remove_edges`: leave out what the
    border of a field that is not periodic has touched. `ends`: also the log powers of the low-pass and of the corners
    of the Fourier plane, so that no band is free. `outer`: other filters for the second layer, (J, L, *torus). The
    last two, and `isotropic`, are of images.

    **Errors** InputError for an unknown normalization, other channels, an option of images given to series or the
    other way round, a mask that leaves a scale empty.

    >>> import numpy as np
    >>> import scatjax as sj
    >>> phi = ScatteringSpectra(sj.wavelets.morlet((64, 64), J=4, L=4), isotropic=True)
    >>> len(phi.table), phi(np.random.default_rng(0).normal(size=(64, 64)).astype("float32"))["C01"].shape
    (369, (40,))
    >>> phi = ScatteringSpectra(sj.wavelets.battle_lemarie((1024,), J=6))
    >>> np.asarray(phi(np.random.default_rng(0).normal(size=1024).astype("float32"))["Phi1"], float).round(1).tolist()
    [0.9, 0.9, 0.9, 0.9, 0.9, 0.9]
    """
    check_channels(channels)
    make = _of_images if bank.dimension == 2 else _of_series
    rows = make(bank, isotropic, normalization, channels, ends, outer, graph)
    windows = make_windows(bank, mask, remove_edges)
    gram = make_gram(bank, windows, outer)
    return Moments(bank, gram, windows, remainders(bank) if ends else None, rows, channels, None, None)


def _of_images(bank: FilterBank, isotropic, normalization, channels, ends, outer, graph) -> Pairs:
    if normalization not in (OWN, "P11"):
        raise InputError(f"normalization={normalization!r}: use 'P00' (the power of each band) or 'P11'.")
    if (channels or 1) > 2 or (channels == 2 and normalization == "P11"):
        raise InputError(f"channels={channels} with {normalization}: spectra take one field, or two normalized by P00.")
    if graph is not None:
        raise InputError("graph chooses the pairs of channels of series: images have all pairs of two fields.")
    return planar.scattering_spectra(bank.J, bank.L, channels or 1, isotropic, normalization, ends)


def _of_series(bank: FilterBank, isotropic, normalization, channels, ends, outer, graph) -> Pairs:
    if isotropic or ends or outer is not None:
        raise InputError("isotropic, ends and outer are options of images: leave them out for series.")
    if normalization not in (OWN, None):
        raise InputError(f"normalization={normalization!r}: use 'P00' (the power of each band) or None on series.")
    C = channels or 1
    every = [(l, r) for l in range(C) for r in range(C)]
    asked = every if graph is None else [tuple(pair) if isinstance(pair, Sequence) else pair for pair in graph]
    if not asked or len(set(asked)) < len(asked) or not set(asked) <= set(every):
        raise InputError(f"graph={graph} must hold different pairs (left, right) of channels 0..{C - 1}.")
    inner, outer_counts = ([len(psi) for psi in layer.psi] for layer in (bank, bank.layer(1)))
    return series.series_spectra(inner, outer_counts, C, asked, normalization == OWN)
