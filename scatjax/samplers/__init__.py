"""Samplers: (init, step) on an energy; they know nothing of wavelets."""

from .descent import AbstractStepRule as AbstractStepRule
from .descent import Backtracking as Backtracking
from .descent import FixedStep as FixedStep
from .descent import GradientDescent as GradientDescent
from .descent import Optax as Optax
from .lbfgs import LBFGS as LBFGS
from .least_squares import AbstractStride as AbstractStride
from .least_squares import Geodesic as Geodesic
from .least_squares import LevenbergMarquardt as LevenbergMarquardt
from .least_squares import Straight as Straight
from .least_squares import condition as condition
from .least_squares import gram_solve as gram_solve
from .least_squares import unit_diagonal as unit_diagonal
from .sampler import AbstractSampler as AbstractSampler
from .sampler import Info as Info
from .search import StrongWolfe as StrongWolfe
