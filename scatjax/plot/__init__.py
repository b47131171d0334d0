"""Pictures: fields, banks, series and their statistics, scattering, coefficients. Needs the extra `plot`.

Every function returns a matplotlib Figure that belongs to nobody (no pyplot, no global state); `save` writes it whole
or not at all. Target and samples share one scale of gray, so that a wrong contrast is seen and not hidden.
"""

from .banks import bank as bank
from .canvas import save as save
from .disk import disk as disk
from .fields import comparison as comparison
from .fields import field as field
from .fields import radial_spectrum as radial_spectrum
from .moments import analysis as analysis
from .moments import coefficients as coefficients
from .series import scalogram as scalogram
from .series import scattering as scattering
from .spectra import scattering_spectra as scattering_spectra
from .time_series import time_series as time_series
