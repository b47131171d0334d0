"""scatjax: wavelet scattering and maximum-entropy modelling in JAX."""

from . import diagnostics as diagnostics
from . import fields as fields
from . import moments as moments
from . import plot as plot
from . import wavelets as wavelets
from .coefficients import Coefficients as Coefficients
from .coefficients import Table as Table
from .energies import Centered as Centered
from .energies import Composed as Composed
from .energies import Fixed as Fixed
from .energies import Matching as Matching
from .energies import Pixels as Pixels
from .energies import Whitened as Whitened
from .errors import ConfigError as ConfigError
from .errors import InputError as InputError
from .errors import Status as Status
from .moments import Bispectrum as Bispectrum
from .moments import Marginals as Marginals
from .moments import PowerSpectrum as PowerSpectrum
from .moments import Quantiles as Quantiles
from .moments import ScatteringMeans as ScatteringMeans
from .moments import ScatteringSpectra as ScatteringSpectra
from .moments import Stack as Stack
from .moments import reduced as reduced
from .operators import Bandwidth as Bandwidth
from .operators import IncreasingFrequency as IncreasingFrequency
from .operators import IncreasingScale as IncreasingScale
from .operators import Local as Local
from .operators import Mean as Mean
from .operators import ModulusPyramid as ModulusPyramid
from .operators import Off as Off
from .operators import Scattering as Scattering
from .operators import SolidHarmonicScattering as SolidHarmonicScattering
from .operators import WaveletTransform as WaveletTransform
from .samplers import LBFGS as LBFGS
from .samplers import GradientDescent as GradientDescent
from .samplers import LevenbergMarquardt as LevenbergMarquardt
from .samplers import Optax as Optax
from .synthesis import Given as Given
from .synthesis import SameSpectrum as SameSpectrum
from .synthesis import Synthesis as Synthesis
from .synthesis import White as White
from .synthesis import invert as invert
from .synthesis import synthesize as synthesize

__version__ = "0.1.0"
