"""Samplers: (init, step) on an energy; they know nothing of wavelets."""

from ..energies.solve import condition as condition
from ..energies.solve import gram_solve as gram_solve
from ..energies.solve import unit_diagonal as unit_diagonal
from ..moved import attribute
from .descent import AbstractStepRule as AbstractStepRule
from .descent import Backtracking as Backtracking
from .descent import FixedStep as FixedStep
from .descent import GradientDescent as GradientDescent
from .descent import Optax as Optax
from .drive import AbstractLayout as AbstractLayout
from .drive import AbstractStop as AbstractStop
from .drive import Carry as Carry
from .drive import InTurn as InTurn
from .drive import Never as Never
from .drive import SideBySide as SideBySide
from .lbfgs import LBFGS as LBFGS
from .levenberg_marquardt import AbstractStride as AbstractStride
from .levenberg_marquardt import Geodesic as Geodesic
from .levenberg_marquardt import LevenbergMarquardt as LevenbergMarquardt
from .levenberg_marquardt import Straight as Straight
from .progress import Progress as Progress
from .progress import ProgressLine as ProgressLine
from .records import AbstractRecord as AbstractRecord
from .records import Best as Best
from .records import Running as Running
from .records import Thinned as Thinned
from .sampler import AbstractInfo as AbstractInfo
from .sampler import AbstractSampler as AbstractSampler
from .sampler import AbstractState as AbstractState
from .sampler import Info as Info
from .search import StrongWolfe as StrongWolfe

__getattr__ = attribute(__name__)
