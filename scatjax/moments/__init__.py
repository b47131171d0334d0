"""Moment maps: named numbers that summarize a field."""

from ..moved import attribute
from .around import AbstractAround as AbstractAround
from .around import Ensemble as Ensemble
from .around import Mean as Mean
from .around import Stack as Stack
from .base import NOTHING as NOTHING
from .base import AbstractMoments as AbstractMoments
from .base import AbstractPlain as AbstractPlain
from .base import AbstractScaled as AbstractScaled
from .base import AbstractUnmasked as AbstractUnmasked
from .base import Frozen as Frozen
from .base import freeze as freeze
from .covariances import pairs as pairs
from .covariances.gamma import Gamma as Gamma
from .covariances.maps import PhaseHarmonics as PhaseHarmonics
from .covariances.maps import RectifierCovariances as RectifierCovariances
from .reductions.harmonics import reduced as reduced
from .reductions.rows import Reduced as Reduced
from .reductions.scale_invariant import invariant as invariant
from .reductions.self_similarity import SelfSimilarity as SelfSimilarity
from .reductions.self_similarity import self_similarity as self_similarity
from .reductions.self_similarity import white_noise_scores as white_noise_scores
from .simple.binned import Bispectrum as Bispectrum
from .simple.binned import PowerSpectrum as PowerSpectrum
from .simple.channels import ChannelCorrelation as ChannelCorrelation
from .simple.increments import IncrementMoments as IncrementMoments
from .simple.increments import IncrementQuantiles as IncrementQuantiles
from .simple.marginals import Marginals as Marginals
from .simple.marginals import Quantiles as Quantiles
from .simple.returns import ReturnHistogram as ReturnHistogram
from .simple.scattering_marginals import ScatteringMarginals as ScatteringMarginals
from .simple.scattering_means import ScatteringMeans as ScatteringMeans
from .simple.scattering_means import sparsity_and_shape as sparsity_and_shape
from .simple.structure import StructureFunctions as StructureFunctions
from .spectra.spectra import Moments as Moments
from .spectra.spectra import ScatteringSpectra as ScatteringSpectra
from .spectra.windows_in_time import local as local
from .weights import whitening as whitening

__getattr__ = attribute(__name__)
