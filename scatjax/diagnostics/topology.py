r"""Minkowski functionals: area, boundary length and Euler characteristic of the set where a field exceeds a level.

They see the shape of structures (blobs, filaments, holes), which no statistic without phases does. For white noise they
are closed forms of the level, which the tests use. Each level costs a few shifts of a binary image.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from .checks import check_pair, varying

LEVELS = np.linspace(-2, 3, 21)


def minkowski(x, levels: Sequence[float] | np.ndarray = LEVELS) -> Float[np.ndarray, "3 levels"]:
    r"""$V_0, V_1, V_2$ per pixel of the set $b = (z > u)$, $z = (x - \langle x\rangle)/\mathrm{std}(x)$, periodic.

    $V_0 = \langle b\rangle$; $V_1$ = density of pixel edges between $b$ and not $b$; $V_2 = \langle b\rangle -
    \langle h\rangle - \langle v\rangle + \langle q\rangle$ with $h, v$ pairs of neighbors along x, y and $q$ squares of
    four: the Euler characteristic of the 4-connected set.

    **Arguments**

    - `x`: one 2D field.
    - `levels`: u, in standard deviations, default -2 to 3 in 21.

    >>> x = np.zeros((8, 8)); x[2:4, 2:5] = 1.0
    >>> minkowski(x, [1.0])[:, 0] * 64
    array([ 6., 10.,  1.])
    """
    x = varying(x, dimension=2)
    z = (x - x.mean()) / x.std()
    return np.stack([_functionals(z > u) for u in np.asarray(levels)], axis=1)


def _functionals(b: np.ndarray) -> np.ndarray:
    right, below = np.roll(b, -1, 1), np.roll(b, -1, 0)
    h, v = b & right, b & below
    q = h & np.roll(h, -1, 0)
    length = (b != right).mean() + (b != below).mean()
    return np.array([b.mean(), length, b.mean() - h.mean() - v.mean() + q.mean()])


def minkowski_error(target, candidate, levels: Sequence[float] | np.ndarray = LEVELS) -> Float[np.ndarray, "3"]:
    r"""Rms over levels of $V_i^s - V_i^r$ over the rms of $V_i^r$, for i = 0, 1, 2.

    >>> x = np.random.default_rng(0).standard_normal((32, 32))
    >>> minkowski_error(x, 3 * x + 1)
    array([0., 0., 0.])
    """
    target, candidate = check_pair(target, candidate, dimension=2)
    true, other = minkowski(target, levels), minkowski(candidate, levels)
    return np.sqrt(((other - true) ** 2).mean(1) / (true**2).mean(1))
