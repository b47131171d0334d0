"""Where fields come from and go to: bundled ones, files, simulators, pictures."""

from .fractional import fractional_brownian as fractional_brownian
from .fractional import fractional_noise as fractional_noise
from .fractional import path as path
from .gaussian import gaussian as gaussian
from .gaussian import lognormal as lognormal
from .histogram import match_histogram as match_histogram
from .jumps import hawkes as hawkes
from .jumps import poisson_jumps as poisson_jumps
from .multifractal import multifractal as multifractal
from .multifractal import skewed_multifractal as skewed_multifractal
from .read import names as names
from .read import read as read
from .tables import write_csv as write_csv
from .turbulence import Forcing as Forcing
from .turbulence import navier_stokes as navier_stokes
from .turbulence import velocity as velocity
from .write import COLORMAPS as COLORMAPS
from .write import png_bytes as png_bytes
from .write import write as write
from .write import write_png as write_png
