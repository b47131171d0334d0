"""Operators: wavelets, pointwise rules, and the cascade that every statistic starts from."""

from .cascade import Paths as Paths
from .cascade import cascade as cascade
from .operator import AbstractOperator as AbstractOperator
from .pointwise import identity as identity
from .pointwise import modulus as modulus
from .pyramid import ModulusPyramid as ModulusPyramid
from .pyramid import WaveletTransform as WaveletTransform
from .solid import SolidHarmonicScattering as SolidHarmonicScattering
