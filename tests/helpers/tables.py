"""Constructors of everything that the laws are checked on: a new family is one row."""

import functools

import numpy as np

from scatjax import wavelets
from scatjax.domains import Reflect
from scatjax.moments import (
    Bispectrum,
    ChannelCorrelation,
    Ensemble,
    Marginals,
    PhaseHarmonics,
    PowerSpectrum,
    Quantiles,
    RectifierCovariances,
    ScatteringMeans,
    ScatteringSpectra,
    Stack,
    StructureFunctions,
    reduced,
)
from scatjax.moments.covariances import pairs
from scatjax.operators import Mean as FieldMean
from scatjax.operators import ModulusPyramid, Off, Scattering, SolidHarmonicScattering, WaveletTransform


def _radial(r):
    return r**8 * np.exp(8 * (1 - r))


def _analytic(r):
    return np.where(r > 0, _radial(np.maximum(r, 0)), 0.0)


SHAPE = (16, 16)
BANKS = {
    "morlet": lambda **kw: wavelets.morlet(SHAPE, J=2, L=4, **kw),
    "morlet_kymatio": lambda **kw: wavelets.morlet(SHAPE, J=2, L=4, constants=wavelets.Kymatio(), **kw),
    "morlet_cheng": lambda **kw: wavelets.morlet(SHAPE, J=2, L=4, constants=wavelets.Cheng(), **kw),
    "bump_steerable": lambda **kw: wavelets.bump_steerable(SHAPE, J=2, L=4, **kw),
    "bump_cheng": lambda **kw: wavelets.bump_cheng(SHAPE, J=2, L=4, **kw),
    "gaussian_steerable": lambda **kw: wavelets.gaussian_steerable(SHAPE, J=2, L=4, **kw),
    "shannon": lambda **kw: wavelets.shannon(SHAPE, J=2, L=4, **kw),
    "scatnet": lambda **kw: wavelets.scatnet(SHAPE, J=2, L=4, **kw),
    "shannon_steerable": lambda **kw: wavelets.shannon_steerable(SHAPE, J=2, L=4, **kw),
    "meyer": lambda **kw: wavelets.meyer(SHAPE, J=2, L=4, **kw),
    "profile": lambda **kw: wavelets.profile(SHAPE, _radial, J=2, L=4, **kw),
    "tight": lambda **kw: wavelets.morlet(SHAPE, J=2, L=4, tight=True, **kw),
}
LENGTH = (128,)
SERIES = {
    "morlet": lambda **kw: wavelets.morlet(LENGTH, J=4, **kw),
    "morlet_q": lambda **kw: wavelets.morlet(LENGTH, J=4, Q=(6, 2), full_band=True, **kw),
    "morlet_hz": lambda **kw: wavelets.morlet_hz(LENGTH, 80, 200, sampling_rate=1000, Q=4, **kw),
    "morlet_spectra": lambda **kw: wavelets.morlet(LENGTH, J=4, Q=2, constants=wavelets.ScatSpectra(), **kw),
    "gabor": lambda **kw: wavelets.gabor(LENGTH, J=4, Q=4, **kw),
    "battle_lemarie": lambda **kw: wavelets.battle_lemarie(LENGTH, J=4, Q=2, **kw),
    "bump": lambda **kw: wavelets.bump(LENGTH, J=4, Q=2, **kw),
    "meyer": lambda **kw: wavelets.meyer(LENGTH, J=4, **kw),
    "shannon": lambda **kw: wavelets.shannon(LENGTH, J=4, **kw),
    "haar": lambda **kw: wavelets.haar(LENGTH, J=4, **kw),
    "profile": lambda **kw: wavelets.profile(LENGTH, _analytic, J=4, Q=2, **kw),
    "tight": lambda **kw: wavelets.morlet(LENGTH, J=4, Q=6, full_band=True, tight=True, **kw),
}
_bank = BANKS["morlet"]
MOMENTS = {
    "spectra": lambda: ScatteringSpectra(_bank()),
    "isotropic": lambda: ScatteringSpectra(_bank(), isotropic=True),
    "full_grids": lambda: ScatteringSpectra(_bank(oversampling="full")),
    "p11": lambda: ScatteringSpectra(_bank(), isotropic=True, normalization="P11"),
    "ends": lambda: ScatteringSpectra(_bank(), isotropic=True, ends=True),
    "two_fields": lambda: ScatteringSpectra(_bank(), isotropic=True, channels=2),
    "edges": lambda: ScatteringSpectra(_bank(), isotropic=True, remove_edges=True),
    "reflect": lambda: ScatteringSpectra(wavelets.morlet(SHAPE, J=1, L=4, boundary=Reflect(reach=2.0)), isotropic=True),
    "odd": lambda: ScatteringSpectra(wavelets.morlet((17, 14), J=2, L=3), isotropic=True),
    "shannon": lambda: ScatteringSpectra(BANKS["shannon"](), isotropic=True),
    "means": lambda: ScatteringMeans(_bank()),
    "reduced": lambda: reduced(ScatteringSpectra(_bank(), isotropic=True)),
    "marginals": lambda: Marginals(SHAPE, J=2),
    "structure": lambda: StructureFunctions(SHAPE, lags=(1, 3)),
    "quantiles": lambda: Quantiles(SHAPE, 10),
    "power_spectrum": lambda: PowerSpectrum(SHAPE, 6),
    "quantiles_color": lambda: Quantiles(SHAPE, 10, channels=3),
    "power_spectrum_color": lambda: PowerSpectrum(SHAPE, 6, channels=2),
    "channel_correlation": lambda: ChannelCorrelation(SHAPE, 3),
    "bispectrum": lambda: Bispectrum(SHAPE, 4),
    "stack": lambda: Stack([ScatteringSpectra(_bank(), isotropic=True), Quantiles(SHAPE, 8)], weights=(1, 0.5)),
    "phase_harmonics": lambda: PhaseHarmonics(BANKS["bump_steerable"](), pairs.pywph(2, 4, classes=["Cphase"])),
    "rectifiers": lambda: RectifierCovariances(_bank(), pairs.alpha_gray(1, 4, 2, 0).select(kind="C", dy=0)),
    "ensemble": lambda: Ensemble(ScatteringSpectra(_bank(), isotropic=True), 2),
}
OPERATORS = {
    "wavelet_transform": lambda: WaveletTransform(_bank()),
    "wavelet_frame": lambda: WaveletTransform(_bank(), low_pass=True),
    "modulus_pyramid": lambda: ModulusPyramid(_bank(), order=2),
    "scattering": lambda: Scattering(_bank(), order=2),
    "scattering_padded": lambda: Scattering(wavelets.morlet(SHAPE, J=1, L=3, boundary=Reflect())),
    "scattering_mean": lambda: Scattering(wavelets.morlet(SHAPE, J=1, L=3, boundary=Reflect()), averaging=FieldMean()),
    "scattering_off": lambda: Scattering(_bank(), averaging=Off()),
    "scattering_not_separable": lambda: Scattering(BANKS["meyer"](), order=1),
    "scattering_series": lambda: Scattering(wavelets.morlet((64,), J=3, Q=(4, 1)), order=3),
    "scattering_haar": lambda: Scattering(wavelets.haar((32,), J=2)),
    "solid": lambda: SolidHarmonicScattering((8, 10, 9), J=1, L=2, order_zero=True),
}


def field_for(operator, rng):
    """A red random field that an operator takes, float32."""
    shape = operator.shape if operator.channels is None else (operator.channels, *operator.shape)
    axes = tuple(range(-len(operator.shape), 0))
    k = functools.reduce(np.hypot, np.meshgrid(*map(np.fft.fftfreq, operator.shape), indexing="ij"))
    white = np.fft.fftn(rng.normal(size=shape), axes=axes) / (0.05 + k)
    x = np.fft.ifftn(white, axes=axes).real
    return (x / x.std() + 0.3).astype(np.float32)
