"""Scattering spectra of images and series: the public map, its plan, its products, its windows."""

from .spectra import Moments as Moments
from .spectra import ScatteringSpectra as ScatteringSpectra
from .windows_in_time import local as local
