"""Energies: what a sampler descends; and the variables that it moves."""

from .energy import AbstractEnergy as AbstractEnergy
from .energy import AbstractLeastSquares as AbstractLeastSquares
from .energy import Matching as Matching
from .energy import Pulled as Pulled
from .energy import PulledEnergy as PulledEnergy
from .energy import PulledLeastSquares as PulledLeastSquares
from .variable import AbstractVariable as AbstractVariable
from .variable import Centered as Centered
from .variable import Composed as Composed
from .variable import Fixed as Fixed
from .variable import Increments as Increments
from .variable import Pixels as Pixels
from .whitened import Whitened as Whitened
