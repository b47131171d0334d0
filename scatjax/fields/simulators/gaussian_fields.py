r"""Gaussian and lognormal fields with a given power spectrum, in any dimension: exact draws by one FFT.

White noise is filtered by the root of the spectrum, $x = \mathrm{ifft}(\sqrt{S}\,\mathrm{fft}(w))$, so that
$E|\mathrm{fft}(x)|^2/N = S$ at every wave vector: the convention of `diagnostics.power_spectrum`. Choose `gaussian`
as the null model of any test, `lognormal` for positive fields with tails (a first model of density).
"""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike
from jaxtyping import Array, Float

from ...citations import cites
from ...errors import InputError

Spectrum = Callable[[np.ndarray], np.ndarray] | np.ndarray | Array


def frequencies(shape: Sequence[int]) -> Float[np.ndarray, "*space"]:
    """|k| on the FFT grid, in cycles per sample: Nyquist is 0.5.

    >>> frequencies((4,))
    array([0.  , 0.25, 0.5 , 0.25])
    """
    if not shape or min(shape) < 1:
        raise InputError(f"shape={tuple(shape)} must be one or more positive sides.")
    grids = np.meshgrid(*[np.fft.fftfreq(int(n)) for n in shape], indexing="ij", sparse=True)
    return np.sqrt(sum(f**2 for f in grids))


def floating(dtype: DTypeLike) -> np.dtype:
    """The real floating type that arrays of this dtype have here, or the remedy.

    >>> floating("float32")
    dtype('float32')
    """
    kind = jax.dtypes.canonicalize_dtype(dtype)
    if not jnp.issubdtype(kind, jnp.floating):
        raise InputError(f"dtype={kind} is not a real floating type: use 'float32' or 'float64'.")
    return kind


def gaussian(key: Array, shape: Sequence[int], spectrum: Spectrum, dtype: DTypeLike = float) -> Float[Array, "*space"]:
    r"""A stationary Gaussian field with $E|\mathrm{fft}(x)|^2/N = S$; its pixel variance is the mean of S.

    **Arguments**

    - `shape`: sides of the field, of any dimension.
    - `spectrum`: a callable of |k| in cycles per sample (asked for |k| > 0 only, the mean mode is 0, so that power laws
      are fine), or an array over the FFT grid, S(0) included, of which (S(k) + S(-k))/2 is taken.
    - `dtype`: that of the field.

    **Errors** InputError for a wrong shape, negative or non-finite power.

    >>> x = gaussian(jax.random.key(0), (64, 64), lambda k: k**-2.0)
    >>> x.shape, bool(abs(x.mean()) < 1e-5)
    ((64, 64), True)
    """
    shape, dtype = tuple(int(n) for n in shape), floating(dtype)
    root = jnp.sqrt(jnp.asarray(power_on_grid(shape, spectrum)).astype(dtype))
    noise = jnp.fft.fftn(jax.random.normal(key, shape, dtype))
    return jnp.fft.ifftn(root.astype(noise.dtype) * noise).real


@cites("coles1991")
def lognormal(
    key: Array, shape: Sequence[int], spectrum: Spectrum, sigma: int | float, dtype: DTypeLike = float
) -> Float[Array, "*space"]:
    r"""$x = e^{\sigma g - \sigma^2/2}$, g Gaussian of unit variance with a spectrum proportional to S.

    Mean 1 and variance $e^{\sigma^2} - 1$; covariance $C_x = e^{\sigma^2 C_g} - 1$ (Coles and Jones 1991, MNRAS 248,
    1). Arguments and errors as `gaussian`; the scale of the spectrum does not matter.

    >>> x = lognormal(jax.random.key(0), (64, 64), lambda k: k**-1.0, sigma=1.0)
    >>> bool(x.min() > 0)
    True
    """
    shape = tuple(int(n) for n in shape)
    power = power_on_grid(shape, spectrum)
    if not isinstance(power, jax.core.Tracer) and not np.asarray(power).any():
        raise InputError("spectrum is zero everywhere: a lognormal field needs a positive one.")
    g = gaussian(key, shape, power / power.mean(), dtype)
    return jnp.exp(sigma * g - sigma**2 / 2)


def power_on_grid(shape: Sequence[int], spectrum: Spectrum) -> np.ndarray | Array:
    """The spectrum as an array over the FFT grid, symmetric in k; NumPy unless it is an array of JAX.

    >>> power_on_grid((4,), lambda k: 1 / k)
    array([0., 4., 2., 4.])
    """
    if callable(spectrum):
        k = frequencies(shape)
        power: np.ndarray | Array = np.zeros(k.shape)
        power[k > 0] = np.asarray(spectrum(k[k > 0]), dtype=np.float64)
    else:
        power = spectrum if isinstance(spectrum, jax.Array) else np.asarray(spectrum, dtype=np.float64)
    if power.shape != tuple(shape):
        raise InputError(f"spectrum has shape {power.shape}, expected {tuple(shape)}: give it on the whole FFT grid.")
    if not isinstance(power, jax.core.Tracer):
        values = np.asarray(power)
        if not np.isfinite(values).all() or values.min() < 0:
            raise InputError("spectrum holds negative or non-finite power: a power is at least 0 at every wave number.")
    axes = tuple(range(power.ndim))
    library = jnp if isinstance(power, jax.Array) else np
    return (power + library.roll(library.flip(power, axes), (1,) * power.ndim, axes)) / 2
