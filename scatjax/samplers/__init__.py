"""Samplers: (init, step) on an energy; they know nothing of wavelets."""

from ..energies.solve import condition as condition
from ..energies.solve import gram_solve as gram_solve
from ..energies.solve import unit_diagonal as unit_diagonal
from .descent import AbstractStepRule as AbstractStepRule
from .descent import Backtracking as Backtracking
from .descent import FixedStep as FixedStep
from .descent import GradientDescent as GradientDescent
from .descent import Optax as Optax
from .lbfgs import LBFGS as LBFGS
from .levenberg_marquardt import AbstractStride as AbstractStride
from .levenberg_marquardt import Geodesic as Geodesic
from .levenberg_marquardt import LevenbergMarquardt as LevenbergMarquardt
from .levenberg_marquardt import Straight as Straight
from .sampler import AbstractSampler as AbstractSampler
from .sampler import Info as Info
from .search import StrongWolfe as StrongWolfe
