"""Moment maps: named numbers that summarize a field."""

from . import pairs as pairs
from .base import AbstractMoments as AbstractMoments
from .base import Mean as Mean
from .base import Stack as Stack
from .binned import Bispectrum as Bispectrum
from .binned import PowerSpectrum as PowerSpectrum
from .gamma import Gamma as Gamma
from .increments import IncrementMoments as IncrementMoments
from .increments import IncrementQuantiles as IncrementQuantiles
from .invariant import SelfSimilarity as SelfSimilarity
from .invariant import invariant as invariant
from .invariant import self_similarity as self_similarity
from .invariant import white_noise_scores as white_noise_scores
from .local import local as local
from .marginals import Marginals as Marginals
from .marginals import Quantiles as Quantiles
from .means import ScatteringMeans as ScatteringMeans
from .means import sparsity_and_shape as sparsity_and_shape
from .moments import Moments as Moments
from .phase_harmonics import PhaseHarmonics as PhaseHarmonics
from .phase_harmonics import RectifierCovariances as RectifierCovariances
from .reduce import Reduced as Reduced
from .reduce import reduced as reduced
from .returns import ReturnHistogram as ReturnHistogram
from .scattering_marginals import ScatteringMarginals as ScatteringMarginals
from .spectra import ScatteringSpectra as ScatteringSpectra
