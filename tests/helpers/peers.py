"""SihaoCheng's choices as data: its Fourier crop as weights, its edge rule as windows, its rows as ours.

The library has no mode for any of this: a test states the peer's weights and windows and passes them in.
"""


import equinox as eqx
import jax.numpy as jnp
import numpy as np

from scatjax.domains.torus import wave_numbers
from scatjax.moments import ScatteringSpectra
from scatjax.moments.spectra.products import Windowed
from scatjax.wavelets import Cheng, bump_cheng, gaussian_steerable, morlet, shannon
from scatjax.wavelets.bank import cut

from . import GOLDEN

FOLDER = GOLDEN / "cheng"
SIZES = {64: 4, 128: 5}


def golden(name: str) -> dict[str, np.ndarray]:
    """One stored file of the peer."""
    with np.load(FOLDER / f"{name}.npz") as stored:
        return dict(stored)


def fields(M: int) -> np.ndarray:
    """The four inputs of side M."""
    return golden(f"inputs_{M}")["x"]


def bank(M: int, family: str = "morlet", oversampling="full"):
    """The peer's bank of a family."""
    make = {"BS": bump_cheng, "gau": gaussian_steerable, "shannon": shannon, "morlet": morlet}[family]
    constants = {"constants": Cheng()} if family == "morlet" else {}
    return make((M, M), J=SIZES[M], L=4, oversampling=oversampling, **constants)


def half_side(M: int, j: int) -> int:
    """h: the peer sums over k in [-h, h)."""
    return max(8, min(int(np.ceil(M * 2.0**-j)), M // 2))


def cropped(filters) -> np.ndarray:
    """The bank's filters as outer filters (J, L, M, M), zero where the peer does not sum."""
    M = filters.shape[0]
    k1, k2 = wave_numbers(filters.shape)
    inside = [(-h <= k1) & (k1 < h) & (-h <= k2) & (k2 < h) for h in (half_side(M, j) for j in range(filters.J))]
    return filters.filters().reshape(filters.J, filters.L, M, M) * np.array(inside)[:, None]


def without_structural_zeros(vector: np.ndarray, index: np.ndarray) -> np.ndarray:
    """The peer's vector less the imaginary parts of C11's diagonal, which are 0 and have no row here."""
    kind, j1, j2, _, l1, l2, _ = index
    return vector[..., ~((kind == 6) & (j1 == j2) & (l1 == l2))]


def edges_removed(filters, *, isotropic: bool):
    """Spectra whose windows are the peer's `remove_edge`: P00 and S1 over e <= X <= M-e, products on its 2h grid."""
    M = filters.shape[0]
    phi = ScatteringSpectra(filters, isotropic=isotropic, mask=np.ones((M, M)))
    scale, outer, psi = [], [], []
    for j in range(filters.J):
        e, side = min(M // 4, 2**j), 2 * half_side(M, j)
        at = np.arange(M)
        scale.append(_window((at >= e) & (at <= M - e)))
        less = min(4, int(2**j * side / M))
        at = np.arange(side)
        outer.append(_window((at >= less) & (at < side - less)))
        psi.append(jnp.asarray(cut(filters.filters()[j * filters.L : (j + 1) * filters.L], (side, side))))
    products = Windowed(tuple(psi), tuple(outer), twice=(0, 2))
    return eqx.tree_at(lambda m: (m.windows.scale, m.products), phi, (tuple(scale), products))


def _window(inside: np.ndarray):
    window = (inside[:, None] & inside[None]).astype(float)
    return jnp.asarray(window / window.mean())
