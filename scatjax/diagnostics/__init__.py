"""Judge a field independently of any model: spectra, histograms, increments, topology, bispectra, series."""

from ..moved import attribute
from .comparison import Comparison as Comparison
from .comparison import compare as compare
from .lags import increment_wasserstein as increment_wasserstein
from .lags import increments as increments
from .lags import kurtosis_over_lags as kurtosis_over_lags
from .lags import structure_error as structure_error
from .lags import structure_functions as structure_functions
from .pixels import kurtosis as kurtosis
from .pixels import skewness as skewness
from .pixels import smooth as smooth
from .pixels import std_ratio as std_ratio
from .pixels import wasserstein as wasserstein
from .polyspectra import band_bispectrum as band_bispectrum
from .polyspectra import bispectrum as bispectrum
from .polyspectra import bispectrum_error as bispectrum_error
from .polyspectra import by_both as by_both
from .polyspectra import by_count as by_count
from .polyspectra import by_power as by_power
from .polyspectra import closed_sets as closed_sets
from .polyspectra import trispectrum as trispectrum
from .resampling import Estimate as Estimate
from .resampling import bootstrap as bootstrap
from .resampling import resamples as resamples
from .series import IncrementHistogram as IncrementHistogram
from .series import increment_histogram as increment_histogram
from .series import leverage as leverage
from .series import path_increments as path_increments
from .series import path_kurtosis as path_kurtosis
from .series import path_skewness as path_skewness
from .series import path_structure_error as path_structure_error
from .series import path_structure_functions as path_structure_functions
from .series import volatility_autocorrelation as volatility_autocorrelation
from .shift import aligned as aligned
from .shift import best_shift as best_shift
from .smiles import smile as smile
from .spectrum import decibels as decibels
from .spectrum import periodogram as periodogram
from .spectrum import power_ratio as power_ratio
from .spectrum import power_spectrum as power_spectrum
from .spectrum import surrogate as surrogate
from .spectrum import welch as welch
from .spectrum import with_phases as with_phases
from .topology import minkowski as minkowski
from .topology import minkowski_error as minkowski_error

__getattr__ = attribute(__name__)
