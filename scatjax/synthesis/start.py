r"""Initial laws: where a descent begins. The law of the samples is the push-forward of this one.

`White` is the choice of the theory: it keeps every invariance of the moments. `SameSpectrum` starts nearer, and
copies the target's periodogram, its noise included. `Given` goes on from fields that you have.
"""

import abc
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ..domains.torus import crop, field, place, spectrum, times
from ..energies.whitened import smooth_radially
from ..errors import InputError, check_finite


class Reference(eqx.Module):
    """What a start may know of the target: its fields (n, [channel], *space), if any; mean and std of each channel."""

    fields: Float[Array, "..."] | None
    mean: Float[Array, "..."]
    std: Float[Array, "..."]


class AbstractLaw(eqx.Module):
    """An initial law that knows its target: `law(key, sample)` draws one state."""

    @abc.abstractmethod
    def __call__(self, key: Array, sample: Array) -> Array:
        """The start of sample number `sample`."""


class AbstractStart(eqx.Module):
    """What a user asks for; `prepare`, called by a verb once it has the target, gives the law that draws.

    To add a start, write `prepare` and the `AbstractLaw` that it gives.
    """

    @abc.abstractmethod
    def prepare(self, reference: Reference, shape: tuple[int, ...], dimension: int) -> AbstractLaw:
        """The law of states of `shape` = ([channel], *space), with `dimension` spatial axes."""

    @final
    def __call__(self, key, sample):
        """Refused: a verb prepares the start first."""
        name = type(self).__name__
        raise InputError(f"{name}() is prepared by synthesize: pass it as start={name}().")


class White(AbstractStart):
    """White Gaussian noise of the target's mean and standard deviation, or of those given.

    >>> law = White(mean=1.0, std=0.0).prepare(Reference(None, jnp.zeros(()), jnp.ones(())), (2, 2), 2)
    >>> law(jax.random.key(0), 0).tolist()
    [[1.0, 1.0], [1.0, 1.0]]
    """

    mean: float | int | np.generic | Array | None = None
    std: float | int | np.generic | Array | None = None

    def __check_init__(self):
        if isinstance(self.std, int | float) and not self.std >= 0:
            raise InputError(f"std={self.std} must be 0 or positive.")

    def prepare(self, reference, shape, dimension):
        """The law with mean and deviation of the target where none was given."""
        fill = lambda given, own: jnp.broadcast_to(jnp.asarray(own if given is None else given, own.dtype), own.shape)
        mean, std = fill(self.mean, reference.mean), fill(self.std, reference.std)
        return WhiteLaw(_over_space(mean, dimension), _over_space(std, dimension), shape)


class WhiteLaw(AbstractLaw):
    """Independent samples of this mean and deviation."""

    mean: Array
    std: Array
    shape: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, key, sample):
        """One field of independent pixels."""
        return self.mean + self.std * jax.random.normal(key, self.shape, self.std.dtype)


class SameSpectrum(AbstractStart):
    r"""A Gaussian field whose power spectrum is the target's periodogram (the mean one of a stack).

    `smoothing_octaves`: None copies the periodogram; a number takes its means over radial bands of so many octaves, so
    that the samples do not share the noise of one field (0.5: the spectrum of `Whitened.of`). On another canvas
    the spectrum is interpolated linearly in cycles per pixel. Channels keep their cross-spectra,
    $\hat y = H^{1/2}\hat n$ with $H_{ab}(k) = \langle\hat x_a\overline{\hat x_b}\rangle$; smoothed, the correlations of
    their pixels: the hues of a color image.

    >>> reference = Reference(jnp.ones((1, 4, 4)).at[0, 0, 0].set(3.0), jnp.ones(()), jnp.ones(()))
    >>> SameSpectrum().prepare(reference, (8, 8), 2)(jax.random.key(0), 0).shape
    (8, 8)
    """

    smoothing_octaves: float | int | None = eqx.field(static=True, default=None)

    def prepare(self, reference, shape, dimension):
        """The law with the amplitude of every mode."""
        if reference.fields is None:
            raise InputError("SameSpectrum needs a field as target, not coefficients: use White(mean=…, std=…).")
        fields = np.asarray(reference.fields)
        axes = tuple(range(-dimension, 0))
        centered = fields - fields.mean(axes, keepdims=True)
        spectra, space = np.fft.fftn(centered, axes=axes, norm="ortho"), shape[len(shape) - dimension :]
        power = (np.abs(spectra) ** 2).mean(0)
        if self.smoothing_octaves is not None:
            power = _smoothed(power, dimension, self.smoothing_octaves)
        if len(shape) == dimension:
            amplitude = jnp.asarray(np.sqrt(_resized(power, space)), reference.mean.dtype)
        else:
            matrix = _cross_power(spectra, None if self.smoothing_octaves is None else power)
            root = _hermitian_root(_resized(matrix.real, space) + 1j * _resized(matrix.imag, space))
            amplitude = jnp.asarray(root, np.result_type(reference.mean.dtype, np.complex64))
        return ColoredLaw(amplitude, reference.mean, dimension)


class ColoredLaw(AbstractLaw):
    """White noise filtered by an amplitude, around a mean."""

    amplitude: Array  # real, of every mode; of channels the complex (channel, channel) root of H
    mean: Float[Array, "..."]
    dimension: int = eqx.field(static=True)

    def __call__(self, key, sample):
        """White noise filtered by the amplitude."""
        shape = self.amplitude.shape[-self.dimension - self.mean.ndim :]
        noise = spectrum(jax.random.normal(key, shape, self.mean.dtype), self.dimension)
        filtered = times(noise, self.amplitude) if self.mean.ndim == 0 else (self.amplitude * noise[None]).sum(1)
        return field(filtered, self.dimension).real + _over_space(self.mean, self.dimension)


class Given(AbstractStart):
    """Fields that you have, (samples, [channel], *space), or one field for all samples: to go on, or to edit.

    >>> start = Given(np.ones((2, 4, 4), np.float32)).prepare(Reference(None, jnp.zeros(()), jnp.ones(())), (4, 4), 2)
    >>> start(jax.random.key(0), 1).shape
    (4, 4)
    """

    fields: Float[Array, "..."]

    def __init__(self, fields):
        check_finite(fields, "start")
        self.fields = jnp.asarray(fields)

    def prepare(self, reference, shape, dimension):
        """Refuse fields of another shape."""
        if self.fields.shape[-len(shape) :] != shape or self.fields.ndim > len(shape) + 1:
            raise InputError(f"start has shape {self.fields.shape}, expected (samples, {', '.join(map(str, shape))}).")
        return GivenLaw(self.fields.astype(reference.mean.dtype).reshape(-1, *shape))


class GivenLaw(AbstractLaw):
    """Fields in turn."""

    fields: Float[Array, "sample ..."]

    def __call__(self, key, sample):
        """Field number `sample`, counted around."""
        return self.fields[sample % len(self.fields)]


class Refined(AbstractStart):
    """The next finer scale of fields that were drawn on a coarse canvas: their wave numbers, and `start`'s beyond.

    Details are noise and not zero: where a wavelet coefficient vanishes the moments have no slope.
    """

    start: AbstractStart
    coarse: Float[Array, "sample ..."]

    def prepare(self, reference, shape, dimension):
        """The law of `start`, with the coarse fields."""
        return RefinedLaw(self.start.prepare(reference, shape, dimension), self.coarse, dimension)


class RefinedLaw(AbstractLaw):
    """Coarse wave numbers from fields, the others from a law."""

    law: AbstractLaw
    coarse: Float[Array, "sample ..."]
    dimension: int = eqx.field(static=True)

    def __call__(self, key, sample):
        """The draw of the law with the wave numbers of coarse field number `sample`."""
        x, d = self.law(key, sample), self.dimension
        sides = self.coarse.shape[self.coarse.ndim - d :]
        box = tuple(n - 1 + n % 2 for n in sides)  # the Nyquist row of an even side has no mirror on a larger grid
        known = crop(spectrum(self.coarse[sample], d), box) - crop(spectrum(x, d), box)
        return x + field(place(known, x.shape[x.ndim - d :]), d).real


def _over_space(values: Array, dimension: int) -> Array:
    """One number per channel (or one number), shaped to broadcast over space."""
    return values.reshape(values.shape + (1,) * dimension)


def _smoothed(power: np.ndarray, dimension: int, octaves: float | int) -> np.ndarray:
    """Radial means of periodograms, mode 0 kept at 0."""
    if not octaves > 0:
        raise InputError(f"smoothing_octaves={octaves} must be positive, or None for the periodogram itself.")
    flat = power.reshape(-1, *power.shape[power.ndim - dimension :])
    smooth = smooth_radially(flat, octaves, 1e-12)
    smooth.reshape(len(smooth), -1)[:, 0] = 0
    return smooth.reshape(power.shape)


def _cross_power(spectra: np.ndarray, power: np.ndarray | None) -> np.ndarray:
    """(channel, channel, *space): mean cross-spectra of (n, channel, *space), or `power` with the mean correlations."""
    matrix = np.einsum("na...,nb...->ab...", spectra, spectra.conj()) / len(spectra)
    if power is None:
        return matrix
    covariance = matrix.reshape(*matrix.shape[:2], -1).sum(2).real
    deviation = np.sqrt(np.diagonal(covariance))
    correlation = covariance / np.outer(deviation, deviation)
    root = np.sqrt(power)
    return correlation.reshape(*correlation.shape, *(1,) * (power.ndim - 1)) * root[:, None] * root[None] + 0j


def _hermitian_root(matrix: np.ndarray) -> np.ndarray:
    """The positive root of each mode's (channel, channel) matrix: that of -k is the conjugate, so fields are real."""
    modes = np.moveaxis(matrix, (0, 1), (-2, -1))
    values, vectors = np.linalg.eigh(modes)
    root = (vectors * np.sqrt(np.maximum(values, 0))[..., None, :]) @ vectors.conj().swapaxes(-1, -2)
    return np.moveaxis(root, (-2, -1), (0, 1))


def _resized(power: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """A periodogram on the FFT grid of another shape, linear in cycles per pixel, mode 0 kept at 0."""
    from scipy.ndimage import map_coordinates

    dimension = len(shape)
    old = power.shape[power.ndim - dimension :]
    if old == shape:
        return power
    at = np.meshgrid(*(np.fft.fftfreq(n) * m for n, m in zip(shape, old, strict=True)), indexing="ij")
    flat = power.reshape(-1, *old)
    resized = np.stack([map_coordinates(p, at, order=1, mode="grid-wrap") for p in flat])
    resized.reshape(len(resized), -1)[:, 0] = 0
    return resized.reshape(*power.shape[: power.ndim - dimension], *shape)
