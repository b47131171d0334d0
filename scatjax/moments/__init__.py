"""Moment maps: named numbers that summarize a field."""

from .base import AbstractMoments as AbstractMoments
from .base import Mean as Mean
from .base import Stack as Stack
from .moments import Moments as Moments
from .spectra import ScatteringSpectra as ScatteringSpectra
