"""Covariances of phase harmonics and rectifiers: index sets as data, one engine, the published sets."""

from . import pairs as pairs
from .engine import Covariances as Covariances
from .engine import covariances as covariances
from .gamma import Gamma as Gamma
from .maps import PhaseHarmonics as PhaseHarmonics
from .maps import RectifierCovariances as RectifierCovariances
