"""Operators: wavelets, pointwise rules, and the cascade that every statistic starts from."""

from ..moved import attribute
from .along import FrequencyScattering as FrequencyScattering
from .averaging import Local as Local
from .averaging import Mean as Mean
from .averaging import Off as Off
from .layers import cascade as cascade
from .normalized import LogScattering as LogScattering
from .normalized import Renormalization as Renormalization
from .normalized import log_scattering as log_scattering
from .normalized import renormalize as renormalize
from .operator import AbstractOperator as AbstractOperator
from .operator import AbstractTransform as AbstractTransform
from .paths import Bandwidth as Bandwidth
from .paths import IncreasingFrequency as IncreasingFrequency
from .paths import IncreasingScale as IncreasingScale
from .paths import Paths as Paths
from .paths import path_axes as path_axes
from .pointwise import harmonic as harmonic
from .pointwise import identity as identity
from .pointwise import modulus as modulus
from .pointwise import rectifier as rectifier
from .pyramid import ModulusPyramid as ModulusPyramid
from .pyramid import WaveletTransform as WaveletTransform
from .scattering import Scattering as Scattering
from .solid import SolidHarmonicScattering as SolidHarmonicScattering

__getattr__ = attribute(__name__)
