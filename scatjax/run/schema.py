"""What a run of `synthesize` says: one dataclass a table of its TOML file, with the argument names of the Python API.

    name, seed, precision      [field] what is measured       [bank] wavelets          [moments] what is matched
    [[extra]] further moments  [solver] or [[solver]] (chain) [start] the initial law  [synthesis] how many, how far
    [output] pictures          [fast] overrides for `--fast`
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..errors import ConfigError
from .config import check_range

Oversampling: TypeAlias = int | Literal["full"]


@dataclass(frozen=True)
class Field:
    """The target: a bundled name or a path, the key of an archive, and whether the first axis is a stack of images.

    Of a .csv the name of its column, and whether the series is the differences of its logarithm.
    """

    source: str
    key: str | None = None
    stack: bool = False
    column: str | None = None
    log_returns: bool = False


@dataclass(frozen=True)
class AbstractBank:
    """J octaves (None: as many as fit, less one), L angles, octaves of oversampling."""

    J: int | None = None
    L: int = 4
    oversampling: Oversampling = 2

    def __post_init__(self):
        check_range(self, 1, "J", "L")
        if self.oversampling != "full":
            check_range(self, 0, "oversampling")


@dataclass(frozen=True)
class Morlet(AbstractBank):
    """`sj.wavelets.morlet`."""

    kind: Literal["morlet"] = "morlet"
    constants: Literal["exact", "kymatio", "cheng"] = "exact"


@dataclass(frozen=True)
class BumpSteerable(AbstractBank):
    """`sj.wavelets.bump_steerable`."""

    kind: Literal["bump_steerable"] = "bump_steerable"
    L: int = 8


@dataclass(frozen=True)
class BumpCheng(AbstractBank):
    """`sj.wavelets.bump_cheng`."""

    kind: Literal["bump_cheng"] = "bump_cheng"


@dataclass(frozen=True)
class GaussianSteerable(AbstractBank):
    """`sj.wavelets.gaussian_steerable`."""

    kind: Literal["gaussian_steerable"] = "gaussian_steerable"


@dataclass(frozen=True)
class Shannon(AbstractBank):
    """`sj.wavelets.shannon`."""

    kind: Literal["shannon"] = "shannon"


Bank: TypeAlias = Morlet | BumpSteerable | BumpCheng | GaussianSteerable | Shannon


@dataclass(frozen=True)
class Spectra:
    """`sj.ScatteringSpectra`."""

    kind: Literal["spectra"] = "spectra"
    isotropic: bool = False
    normalization: Literal["P00", "P11"] = "P00"
    ends: bool = False
    remove_edges: bool = False


@dataclass(frozen=True)
class Marginals:
    """Mean, variance, skewness and kurtosis at each of J octaves of smoothing (None: the bank's J)."""

    kind: Literal["marginals"] = "marginals"
    J: int | None = None
    weight: float = 1.0

    def __post_init__(self):
        check_range(self, 0, "J")
        check_range(self, 0, "weight", strict=True)


@dataclass(frozen=True)
class Quantiles:
    """`count` quantiles of the pixels."""

    kind: Literal["quantiles"] = "quantiles"
    count: int = 32
    weight: float = 1.0

    def __post_init__(self):
        check_range(self, 1, "count")
        check_range(self, 0, "weight", strict=True)


@dataclass(frozen=True)
class PowerSpectrum:
    """The power spectrum in `bins` rings."""

    kind: Literal["power_spectrum"] = "power_spectrum"
    bins: int = 10
    weight: float = 1.0

    def __post_init__(self):
        check_range(self, 1, "bins")
        check_range(self, 0, "weight", strict=True)


@dataclass(frozen=True)
class Bispectrum:
    """The bispectrum over `bins` rings."""

    kind: Literal["bispectrum"] = "bispectrum"
    bins: int = 5
    weight: float = 1.0

    def __post_init__(self):
        check_range(self, 1, "bins")
        check_range(self, 0, "weight", strict=True)


Extra: TypeAlias = Marginals | Quantiles | PowerSpectrum | Bispectrum


@dataclass(frozen=True)
class LBFGS:
    """`sj.LBFGS`: the first choice."""

    kind: Literal["lbfgs"] = "lbfgs"
    memory: int = 20

    def __post_init__(self):
        check_range(self, 1, "memory")


@dataclass(frozen=True)
class LevenbergMarquardt:
    """`sj.LevenbergMarquardt`: polishes what LBFGS reached, for a few hundred moments."""

    kind: Literal["levenberg_marquardt"] = "levenberg_marquardt"
    damping: float = 1e-3

    def __post_init__(self):
        check_range(self, 0, "damping", strict=True)


@dataclass(frozen=True)
class GradientDescent:
    """`sj.GradientDescent`: the reference of Bruna and Mallat."""

    kind: Literal["gradient_descent"] = "gradient_descent"
    step_size: float | None = None

    def __post_init__(self):
        check_range(self, 0, "step_size", strict=True)


@dataclass(frozen=True)
class Adam:
    """`sj.Optax(optax.adam(learning_rate))`."""

    kind: Literal["adam"] = "adam"
    learning_rate: float = 0.01

    def __post_init__(self):
        check_range(self, 0, "learning_rate", strict=True)


Solver: TypeAlias = LBFGS | LevenbergMarquardt | GradientDescent | Adam


@dataclass(frozen=True)
class White:
    """White noise of the target's mean and variance."""

    kind: Literal["white"] = "white"


@dataclass(frozen=True)
class SameSpectrum:
    """A Gaussian field with the target's power spectrum."""

    kind: Literal["spectrum"] = "spectrum"


@dataclass(frozen=True)
class Synthesis:
    """The numbers of `sj.synthesize`: how many samples, how far, and of which shape (None: the target's)."""

    num_samples: int = 1
    max_steps: int = 200
    tolerance: float = 1e-3
    lanes: int | None = None
    ensemble: bool = False
    shape: tuple[int, int] | None = None

    def __post_init__(self):
        check_range(self, 1, "num_samples", "max_steps", "lanes")
        check_range(self, 0, "tolerance")
        if self.shape is not None and min(self.shape) < 1:
            raise ConfigError(f"shape: expected two sides >= 1, got {list(self.shape)}")


@dataclass(frozen=True)
class Output:
    """Whether pictures are drawn, and in which colors (None: gray)."""

    pictures: bool = True
    colormap: Literal["gray", "viridis", "inferno", "coolwarm"] = "gray"


@dataclass(frozen=True)
class Run:
    """One run of `synthesize` (or `analyze`, which stops after the moments): all that decides its samples.

    Seeds are below 2^32, since without x64 JAX folds larger ones onto others without a word.

    >>> from scatjax.run import loads
    >>> loads(Run, 'field = {source = "brick64"}').synthesis.max_steps
    200
    """

    field: Field
    name: str = "run"
    seed: int = 0
    precision: Literal["float32", "float64"] = "float32"
    bank: Bank = Morlet()
    moments: Spectra = Spectra()
    extra: tuple[Extra, ...] = ()
    solver: Solver | tuple[Solver, ...] = LBFGS()
    start: White | SameSpectrum = White()
    synthesis: Synthesis = Synthesis()
    output: Output = Output()

    def __post_init__(self):
        if not 0 <= self.seed < 2**32:
            raise ConfigError(f"seed: expected 0 <= seed < 2**32, got {self.seed}")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", self.name):
            raise ConfigError(f"name: expected letters, digits, '.', '_' or '-' (it names a folder), got {self.name!r}")
        if self.solver == ():
            raise ConfigError("solver: expected at least one solver, got an empty list")

