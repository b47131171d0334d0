"""Wavelet families and the banks made of them."""

from .bank import Decimated as Decimated
from .bank import FilterBank as FilterBank
from .bank import make_bank as make_bank
from .constructors import bump_cheng as bump_cheng
from .constructors import bump_steerable as bump_steerable
from .constructors import gaussian_steerable as gaussian_steerable
from .constructors import meyer as meyer
from .constructors import morlet as morlet
from .constructors import profile as profile
from .constructors import scatnet as scatnet
from .constructors import shannon as shannon
from .constructors import shannon_steerable as shannon_steerable
from .dyadic import ScatSpectra as ScatSpectra
from .family import AbstractFamily as AbstractFamily
from .family import AbstractPlanar as AbstractPlanar
from .family import AbstractSeries as AbstractSeries
from .family import Band as Band
from .morlet import Cheng as Cheng
from .morlet import Exact as Exact
from .morlet import Kymatio as Kymatio
from .series import battle_lemarie as battle_lemarie
from .series import bump as bump
from .series import gabor as gabor
from .series import haar as haar
from .series import morlet_hz as morlet_hz
from .tight import tight as tight
