"""Pictures: fields, banks, series and their statistics, scattering, coefficients. Needs the extra `plot`.

Every function returns a matplotlib Figure that belongs to nobody (no pyplot, no global state); `save` writes it whole
or not at all. Target and samples share one scale of gray, so that a wrong contrast is seen and not hidden.
"""

from ..diagnostics.spectrum import radial_spectrum as radial_spectrum
from ..moved import attribute
from .banks import bank as bank
from .canvas import save as save
from .disks import disk as disk
from .fields import comparison as comparison
from .fields import field as field
from .scattergram import scalogram as scalogram
from .scattergram import scattering as scattering
from .spectra import scattering_spectra as scattering_spectra
from .statistics import time_series as time_series
from .tables import analysis as analysis
from .tables import coefficients as coefficients

__getattr__ = attribute(__name__)
