"""Wavelet families and the banks made of them."""

from .bank import Decimated as Decimated
from .bank import FilterBank as FilterBank
from .constructors import bump_cheng as bump_cheng
from .constructors import bump_steerable as bump_steerable
from .constructors import gaussian_steerable as gaussian_steerable
from .constructors import morlet as morlet
from .constructors import shannon as shannon
from .family import AbstractFamily as AbstractFamily
from .family import AbstractPlanar as AbstractPlanar
from .morlet import Cheng as Cheng
from .morlet import Exact as Exact
from .morlet import Kymatio as Kymatio
