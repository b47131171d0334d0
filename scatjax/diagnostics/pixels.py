r"""One-point statistics: what the histogram of a field looks like, at the scale of a pixel and after smoothing.

W1 is the distance of two histograms in units of the target's standard deviation (0.06 between two maps of one law is
common); skewness and kurtosis weigh asymmetry and tails. Standard deviations have ddof 0; a Gaussian's kurtosis is 3.
"""

import numpy as np
from jaxtyping import Float

from .checks import one_field, varying

_LEVELS = (np.arange(2000) + 0.5) / 2000


def wasserstein(target, candidate) -> float:
    r"""$W_1/\mathrm{std}(r)$ with $W_1 = \frac1{2000}\sum_i |Q_r(q_i) - Q_s(q_i)|$, $q_i = (i + .5)/2000$.

    Quantiles Q interpolate linearly. Shapes may differ: only the two sets of values count.

    >>> x = np.random.default_rng(0).standard_normal(1000)
    >>> round(wasserstein(x, x + 0.5 * x.std()), 12)
    0.5
    """
    target, candidate = varying(target, "target"), one_field(candidate, "candidate")
    gap = np.quantile(target, _LEVELS) - np.quantile(candidate, _LEVELS)
    return float(np.abs(gap).mean() / target.std())


def std_ratio(target, candidate) -> float:
    """std(candidate) / std(target).

    >>> std_ratio(np.array([-1.0, 1.0]), np.array([-2.0, 2.0]))
    2.0
    """
    return float(one_field(candidate, "candidate").std() / varying(target, "target").std())


def _standardized_moment(x, order: int) -> float:
    x = varying(x)
    return float((((x - x.mean()) / x.std()) ** order).mean())


def skewness(x) -> float:
    r"""$\langle z^3\rangle$, $z = (x-\langle x\rangle)/\mathrm{std}(x)$; 0 for a symmetric law.

    >>> round(skewness(np.array([0.0, 0.0, 0.0, 1.0])), 4)
    1.1547
    """
    return _standardized_moment(x, 3)


def kurtosis(x) -> float:
    r"""$\langle z^4\rangle$, $z = (x-\langle x\rangle)/\mathrm{std}(x)$; 3 for a Gaussian, 1 for two equal values.

    >>> kurtosis(np.array([-1.0, 1.0]))
    1.0
    """
    return _standardized_moment(x, 4)


def smooth(x, width: int | float) -> Float[np.ndarray, "*space"]:
    r"""The periodic field times $e^{-2\pi^2 s^2 |f|^2}$ in Fourier: a Gaussian blur of $s$ = `width` samples.

    The one-point statistics are also looked at for s = 1, 2, 4.

    >>> smooth(np.eye(1, 16)[0], 2)[:4].round(3)
    array([0.199, 0.176, 0.121, 0.065])
    """
    x = one_field(x)
    grids = np.meshgrid(*[np.fft.fftfreq(n) for n in x.shape], indexing="ij", sparse=True)
    square = sum(f**2 for f in grids)
    return np.fft.ifftn(np.fft.fftn(x) * np.exp(-2 * np.pi**2 * float(width) ** 2 * square)).real
