"""Constructors of everything that the laws are checked on, over images, series and volumes: a new family is one row.

`tests/test_laws.py` holds each row to every law that it can obey; a law that a row cannot is named there, with why.
"""

import functools

import numpy as np

from scatjax import wavelets
from scatjax.domains import Reflect, SymmetricOn
from scatjax.moments import (
    Bispectrum,
    ChannelCorrelation,
    Ensemble,
    IncrementMoments,
    IncrementQuantiles,
    Marginals,
    PhaseHarmonics,
    PowerSpectrum,
    Quantiles,
    RectifierCovariances,
    ReturnHistogram,
    ScatteringMarginals,
    ScatteringMeans,
    ScatteringSpectra,
    Stack,
    StructureFunctions,
    invariant,
    reduced,
)
from scatjax.moments.covariances import pairs
from scatjax.operators import (
    FrequencyScattering,
    Local,
    ModulusPyramid,
    Off,
    Scattering,
    SolidHarmonicScattering,
    WaveletTransform,
    log_scattering,
    renormalize,
)
from scatjax.operators import Mean as FieldMean


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
ALL_BANKS = {f"images, {name}": make for name, make in BANKS.items()}
ALL_BANKS |= {f"series, {name}": make for name, make in SERIES.items()}

_bank = BANKS["morlet"]


def _path_bank(family="battle_lemarie", **kw):
    """Of 64 samples and 3 octaves, on paths that are no loops: mirrored by default."""
    options = {"oversampling": "full", "boundary": SymmetricOn(redone=True)} | kw
    return getattr(wavelets, family)((64,), J=3, **options)


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
    "series, spectra": lambda: ScatteringSpectra(_path_bank()),
    "series, periodic": lambda: ScatteringSpectra(wavelets.battle_lemarie((64,), J=2)),
    "series, masked": lambda: ScatteringSpectra(_path_bank(), mask=np.arange(64) < 60),
    "series, two channels": lambda: ScatteringSpectra(wavelets.battle_lemarie((32,), J=1), channels=2),
    "series, invariant": lambda: invariant(ScatteringSpectra(wavelets.battle_lemarie((64,), J=3))),
    "series, scattering marginals": lambda: ScatteringMarginals(_path_bank()),
    "series, coarse marginals": lambda: ScatteringMarginals(wavelets.morlet((64,), J=3, Q=2)),
    "series, histogram": lambda: ReturnHistogram(_path_bank()),
    "series, increment quantiles": lambda: IncrementQuantiles((64,), lags=(1, 3), volatility=(3,), groups=7),
    "series, increment moments": lambda: IncrementMoments((64,), lags=(1, 3)),
    "series, marginals": lambda: Marginals((64,), J=2),
    "series, quantiles": lambda: Quantiles((64,), 7),
    "series, power spectrum": lambda: PowerSpectrum((64,), 4),
    "series, stack": lambda: Stack(
        (ScatteringSpectra(_path_bank()), IncrementQuantiles((64,), (1, 4), (4,), 8)), weights=(1, 0.5)
    ),
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
    "scattering_banded": lambda: Scattering(wavelets.morlet((64,), J=2, Q=2, boundary=Reflect()), averaging=Local(4)),
    "scattering_complex_low_pass": lambda: Scattering(wavelets.haar((64,), J=3), averaging=Off()),
    "solid": lambda: SolidHarmonicScattering((8, 10, 9), J=1, L=2, order_zero=True),
    "solid_even": lambda: SolidHarmonicScattering((8, 8, 8), J=1, L=1, order=1),
}
COMPLEX = {
    "series": lambda: Scattering(wavelets.morlet((64,), J=3, Q=(2, 1), boundary=Reflect(0.5))),
    "images": lambda: Scattering(wavelets.morlet(SHAPE, J=1, L=3)),
}
TRANSFORMS = {  # of coefficients: the scattering that makes them, and what is called on them
    "renormalize, series": (OPERATORS["scattering_series"], lambda S: functools.partial(renormalize, epsilon=0.1)),
    "renormalize, images": (OPERATORS["scattering"], lambda S: functools.partial(renormalize, epsilon=0.1)),
    "log, series": (OPERATORS["scattering_series"], lambda S: functools.partial(log_scattering, epsilon=0.1)),
    "log, images": (OPERATORS["scattering"], lambda S: functools.partial(log_scattering, epsilon=0.1)),
    "along frequency": (OPERATORS["scattering_series"], lambda S: FrequencyScattering(S, order=1)),
}


def field_for(operator, rng):
    """A random field that an operator takes, float32: red and Gaussian, or a series of heavy tails, as of returns."""
    shape = operator.shape if operator.channels is None else (operator.channels, *operator.shape)
    if len(operator.shape) == 1:
        return rng.standard_t(4, size=shape).astype(np.float32)
    axes = tuple(range(-len(operator.shape), 0))
    k = functools.reduce(np.hypot, np.meshgrid(*map(np.fft.fftfreq, operator.shape), indexing="ij"))
    white = np.fft.fftn(rng.normal(size=shape), axes=axes) / (0.05 + k)
    x = np.fft.ifftn(white, axes=axes).real
    return (x / x.std() + 0.3).astype(np.float32)
