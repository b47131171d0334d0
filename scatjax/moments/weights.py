"""Weights of the rows of a moment map in a matching energy."""

import numpy as np
from jaxtyping import Float

from ..errors import InputError
from .base import AbstractMoments


def whitening(phi: AbstractMoments, fields) -> Float[np.ndarray, "K"]:
    r"""Weights $1/\sigma_k$ of the rows over an ensemble `(field, [channel], y, x)`, of mean square 1 among themselves.

    Rows then count by how well an ensemble tells them: `synthesize(.., weights=whitening(phi.fit(x), draws))`, the
    draws Gaussian fields of the target's spectrum, say. $\sigma$ has ddof 1; no row counts more than ten times the
    median one.

    >>> from scatjax.moments import PowerSpectrum
    >>> draws = np.random.default_rng(0).normal(size=(64, 32, 32)).astype("float32")
    >>> weights = whitening(PowerSpectrum((32, 32), 4), draws)
    >>> bool((np.diff(weights) > 0).all())                      # rings of more modes are known better
    True
    """
    samples = np.shape(fields)[: -len(phi.shape) - (phi.channels is not None)]
    if len(samples) != 1 or samples[0] < 2:
        raise InputError(f"fields has shape {np.shape(fields)}: pass a stack of at least two fields.")
    values = np.asarray(phi(fields).values)
    deviation = values.astype(float).std(0, ddof=1)
    varies = deviation > 10 * np.finfo(values.dtype).eps * np.abs(values).max(0)
    if not varies.any():
        raise InputError("no row varies over these fields: pass draws that differ, such as Gaussian fields.")
    weights = 1 / np.maximum(deviation, np.median(deviation[varies]) / 10)
    return weights / np.sqrt(np.mean(weights**2))
