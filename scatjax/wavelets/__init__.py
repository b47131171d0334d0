"""Wavelet families and the banks made of them."""

from ..moved import attribute
from .bank import Decimated as Decimated
from .bank import FilterBank as FilterBank
from .bank import make_bank as make_bank
from .constructors.images import bump_cheng as bump_cheng
from .constructors.images import bump_steerable as bump_steerable
from .constructors.images import gaussian_steerable as gaussian_steerable
from .constructors.images import meyer as meyer
from .constructors.images import morlet as morlet
from .constructors.images import profile as profile
from .constructors.images import scatnet as scatnet
from .constructors.images import shannon as shannon
from .constructors.images import shannon_steerable as shannon_steerable
from .constructors.series import battle_lemarie as battle_lemarie
from .constructors.series import bump as bump
from .constructors.series import gabor as gabor
from .constructors.series import haar as haar
from .constructors.series import morlet_hz as morlet_hz
from .families.dyadic import ScatSpectra as ScatSpectra
from .families.morlet import Exact as Exact
from .families.peers.images import Cheng as Cheng
from .families.peers.images import Kymatio as Kymatio
from .family import AbstractFamily as AbstractFamily
from .family import AbstractPlanar as AbstractPlanar
from .family import AbstractSeries as AbstractSeries
from .family import Band as Band
from .tightened import tight as tight

__getattr__ = attribute(__name__)
