"""Where fields come from and go to: bundled ones, files, simulators, pictures."""

from ..moved import attribute
from .files.readers import names as names
from .files.readers import read as read
from .files.tables import write_csv as write_csv
from .files.writers import COLORMAPS as COLORMAPS
from .files.writers import png_bytes as png_bytes
from .files.writers import write as write
from .files.writers import write_png as write_png
from .histogram import match_histogram as match_histogram
from .simulators.fractional import fractional_brownian as fractional_brownian
from .simulators.fractional import fractional_noise as fractional_noise
from .simulators.fractional import path as path
from .simulators.gaussian_fields import gaussian as gaussian
from .simulators.gaussian_fields import lognormal as lognormal
from .simulators.jumps import hawkes as hawkes
from .simulators.jumps import poisson_jumps as poisson_jumps
from .simulators.multifractals import multifractal as multifractal
from .simulators.multifractals import skewed_multifractal as skewed_multifractal
from .simulators.turbulence import Forcing as Forcing
from .simulators.turbulence import navier_stokes as navier_stokes
from .simulators.turbulence import velocity as velocity

__getattr__ = attribute(__name__)
