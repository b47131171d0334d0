r"""The spectrum under the noise: a smooth one by maximum likelihood, and the filter that brings data to it.

The power of the data in a ring of m independent modes scatters around S + N, the spectra of field and noise. The
smooth S minimizes (Whittle 1953; $\nu$ = log k)

$$\tfrac12\sum_i m_i\Big[\log(S_i+N_i) + \frac{P_i}{S_i+N_i}\Big]
+ \frac\lambda2\int\Big(\frac{d^2\log S}{d\nu^2}\Big)^2d\nu$$

With $W = S/(S+N)$, the power of the field itself in a ring has the mean $W^2P_i + WN$ given the data: a filter of the
square root of that over $P_i$ gives the data's modes this power. Wiener's filter W would be nearer to the field
and have too little power where noise prevails.
"""

import numpy as np
from jaxtyping import Float

from ...domains.bands import wavenumbers

STIFFNESS = 0.3  # lambda: of .03 to 10 on vorticity under noise of its own variance, 24 draws, the nearest spectrum
_SINGLE = 32  # rings of one wave number up to here, beyond of equal width in log k: so many an e-fold


def ring_numbers(shape: tuple[int, ...]) -> np.ndarray:
    r"""The ring of each mode: 0 holds k = 0, then $\lfloor|k|\rfloor$, wider rings of 1/32 beyond 32.

    >>> np.unique(ring_numbers((8, 8)))
    array([0, 1, 2, 3, 4, 5])
    """
    k = wavenumbers(shape)
    wide = _SINGLE + np.floor(_SINGLE * np.log(np.maximum(k, _SINGLE) / _SINGLE))
    ring = np.where(k < _SINGLE, np.floor(k), wide).astype(int)
    return np.unique(ring, return_inverse=True)[1].reshape(shape)


def smooth_spectrum(
    power: Float[np.ndarray, "rings"], noise: Float[np.ndarray, "rings"], modes, k, stiffness: float = STIFFNESS
) -> Float[np.ndarray, "rings"]:
    """The smooth S of rings whose data have mean `power` over `modes` modes, at the wave numbers k; Newton's method.

    >>> k = np.arange(1.0, 40.0)
    >>> S = smooth_spectrum(k**-2 + 0.01, np.full(39, 0.01), 2 * np.pi * k, k)
    >>> bool(np.allclose(S, k**-2, rtol=1e-3))
    True
    """
    penalty = stiffness * _roughness(np.log(k))
    logarithm = np.log(np.maximum(power - noise, 0.1 * power))
    for _ in range(200):
        S = np.exp(logarithm)
        W = S / (S + noise)
        slope = modes / 2 * W * (1 - power / (S + noise)) + penalty @ logarithm
        curvature = np.diag(modes / 2 * W**2 + 1e-9) + penalty  # Fisher's: positive wherever the data stand
        step = np.linalg.solve(curvature, slope)
        logarithm = logarithm - step * min(1.0, 1 / np.abs(step).max())
        if np.abs(step).max() < 1e-6:
            break
    return np.exp(logarithm)


def _roughness(t: np.ndarray) -> np.ndarray:
    r"""The quadratic form $\int (f'')^2 dt$ of samples at uneven places."""
    first = np.diff(np.eye(len(t)), axis=0) / np.diff(t)[:, None]
    width = (t[2:] - t[:-2]) / 2
    second = np.diff(first, axis=0) / width[:, None]
    return second.T @ (second * width[:, None])


def subtracted(data: Float[np.ndarray, "*space"], noises: Float[np.ndarray, "n *space"]) -> Float[np.ndarray, "*space"]:
    """Data filtered, ring by ring, to the power that the field has under noise of this kind; its mean is kept.

    >>> rng = np.random.default_rng(0)
    >>> x = np.cos(2 * np.pi * np.arange(32) / 32) + np.zeros((32, 32))
    >>> y = subtracted(x + rng.normal(size=x.shape), rng.normal(size=(10, *x.shape)))
    >>> bool(np.std(y - x) < 0.3)
    True
    """
    shape, axes = data.shape, tuple(range(-data.ndim, 0))
    ring, k = ring_numbers(shape), wavenumbers(shape)
    modes = np.bincount(ring.ravel())
    mean = lambda values: (np.bincount(ring.ravel(), values.ravel()) / modes)[1:]
    spectrum = np.fft.fftn(data)
    power = mean(np.abs(spectrum) ** 2 / data.size)
    noise = mean((np.abs(np.fft.fftn(noises, axes=axes)) ** 2).mean(0) / data.size)
    power, noise = (np.maximum(p, 1e-12 * power.mean()) for p in (power, noise))
    S = smooth_spectrum(power, noise, modes[1:], mean(k))
    W = S / (S + noise)
    gain = np.concatenate([[1.0], np.sqrt(W**2 + W * noise / power)])
    return np.fft.ifftn(spectrum * gain[ring]).real
