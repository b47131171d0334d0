r"""Spectra in windows that slide along a series: $\langle X\rangle_t = \sum_u w(u-t)X(u)/\sum_u w(u-t)$.

Choose them to see whether a series is stationary, to compare periods, or as the many observations that error bars
need (`self_similarity`). Wavelet fields are made once; only the sums over points differ.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from ...coefficients import Coefficients
from ...errors import InputError
from .products import make_products
from .spectra import Moments
from .windows import Windows, weighted


def local(phi: Moments, x, width: int, step: int | None = None) -> tuple[Int[np.ndarray, "window"], Coefficients]:
    r"""Centers (samples) of windows and the spectra of a series in each, values `(window, K)`.

    Wavelets see beyond the window that sums them. On band-limited grids $\Phi_1$ is off by 2e-3 where the width is
    2^J, 6e-5 at 8 times that: `oversampling="full"` is exact.

    **Arguments**

    - `phi`: scattering spectra of series; each window has its own powers unless `phi` was fitted.
    - `x`: one series `([channel], time)`.
    - `width`: samples of a window $\sin^2(\pi u/\mathrm{width})$, at least 2^J.
    - `step`: samples between windows, half a width by default.

    **Errors** InputError for a map of images or with a mask, a width below 2^J or beyond the series.

    >>> from scatjax.moments import ScatteringSpectra
    >>> from scatjax.wavelets import battle_lemarie
    >>> phi = ScatteringSpectra(battle_lemarie((256,), J=3))
    >>> centers, c = local(phi, np.random.default_rng(0).normal(size=256).astype("float32"), width=128)
    >>> centers.tolist(), c["Phi1"].shape
    ([64, 128, 192], (3, 3))
    """
    x, _ = phi.as_fields(x)
    if not isinstance(phi, Moments) or phi.bank.dimension != 1 or (phi.windows is not None and phi.windows.belongs):
        raise InputError("local takes scattering spectra of series, without a mask or removed edges.")
    if len(x) != 1:
        raise InputError(f"local takes one series, not {len(x)}: call it for each.")
    T, step = phi.shape[0], width // 2 if step is None else step
    if not (2**phi.bank.J <= width <= T and step >= 1):
        raise InputError(f"width={width} must lie between 2^J = {2**phi.bank.J} and {T}, step={step} be positive.")
    centers = np.arange(width // 2, T - (width - width // 2) + 1, step)
    bell = np.sin(np.pi * (np.arange(width) + 0.5) / width) ** 2
    weights = [np.pad(bell, (start, T - width - start)) for start in centers - width // 2]
    windows = [weighted(phi.bank, weight) for weight in weights]
    parts, first = (lambda m: (m.windows, m.products)), (windows[0], make_products(phi.bank, windows[0]))
    phi = eqx.tree_at(parts, phi, first, is_leaf=lambda leaf: leaf is None)
    return centers, Coefficients(_in_windows(phi, jax.tree.map(lambda *w: jnp.stack(w), *windows), x[0]), phi.table)


@eqx.filter_jit
def _in_windows(phi: Moments, windows: Windows, x: Array) -> Array:
    """The vector in each window: what no window changes is computed once."""

    def one(window: Windows) -> Array:
        parts = lambda m: (m.windows, m.products.window)
        return eqx.tree_at(parts, phi, (window, window.outer)).numbers(x)

    return jax.vmap(one)(windows)
