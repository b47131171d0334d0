"""Constructors of everything that the laws are checked on: a new family is one row."""

from scatjax import wavelets
from scatjax.domains import Reflect
from scatjax.moments import (
    Bispectrum,
    Marginals,
    Mean,
    PowerSpectrum,
    Quantiles,
    ScatteringMeans,
    ScatteringSpectra,
    Stack,
    reduced,
)
from scatjax.operators import ModulusPyramid, WaveletTransform

SHAPE = (16, 16)
BANKS = {
    "morlet": lambda **kw: wavelets.morlet(SHAPE, J=2, L=4, **kw),
    "morlet_kymatio": lambda **kw: wavelets.morlet(SHAPE, J=2, L=4, constants=wavelets.Kymatio(), **kw),
    "morlet_cheng": lambda **kw: wavelets.morlet(SHAPE, J=2, L=4, constants=wavelets.Cheng(), **kw),
    "bump_steerable": lambda **kw: wavelets.bump_steerable(SHAPE, J=2, L=4, **kw),
    "bump_cheng": lambda **kw: wavelets.bump_cheng(SHAPE, J=2, L=4, **kw),
    "gaussian_steerable": lambda **kw: wavelets.gaussian_steerable(SHAPE, J=2, L=4, **kw),
    "shannon": lambda **kw: wavelets.shannon(SHAPE, J=2, L=4, **kw),
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
    "quantiles": lambda: Quantiles(SHAPE, 10),
    "power_spectrum": lambda: PowerSpectrum(SHAPE, 6),
    "bispectrum": lambda: Bispectrum(SHAPE, 4),
    "stack": lambda: Stack([ScatteringSpectra(_bank(), isotropic=True), Quantiles(SHAPE, 8)], weights=(1, 0.5)),
    "ensemble": lambda: Mean(ScatteringSpectra(_bank(), isotropic=True), 2),
}
OPERATORS = {
    "wavelet_transform": lambda: WaveletTransform(_bank()),
    "wavelet_frame": lambda: WaveletTransform(_bank(), low_pass=True),
    "modulus_pyramid": lambda: ModulusPyramid(_bank(), order=2),
}


def field_for(operator, rng):
    """A red random field that an operator takes, float32."""
    import numpy as np

    shape = operator.shape if operator.channels is None else (operator.channels, *operator.shape)
    k = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, shape[-2:]), indexing="ij"))
    white = np.fft.fft2(rng.normal(size=shape)) / (0.05 + k)
    x = np.fft.ifft2(white).real
    return (x / x.std() + 0.3).astype(np.float32)
