"""What a run of `synthesize` says: one dataclass a table of its TOML file, with the argument names of the Python API.

    name, seed, precision      [field] what is measured       [bank] wavelets          [moments] what is matched
    [[extra]] further moments  [solver] or [[solver]] (chain) [start] the initial law  [synthesis] how many, how far
    [variable] or [[variable]] what the solver moves          [output] pictures        [fast] overrides for `--fast`

The same tables serve images and series; what is not set follows the rank of the field (`assemble.completed`).
"""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..errors import ConfigError
from .banks import OF_IMAGES as OF_IMAGES
from .banks import OF_SERIES as OF_SERIES
from .banks import Bank as Bank
from .banks import BattleLemarie as BattleLemarie
from .banks import Bump as Bump
from .banks import BumpCheng as BumpCheng
from .banks import BumpSteerable as BumpSteerable
from .banks import GaussianSteerable as GaussianSteerable
from .banks import Meyer as Meyer
from .banks import Morlet as Morlet
from .banks import Shannon as Shannon
from .config import check_range
from .covariances import PhaseHarmonics as PhaseHarmonics
from .covariances import Rectifiers as Rectifiers


@dataclass(frozen=True)
class Field:
    """The target: a bundled name or a path, the key of an archive, and whether the first axis is a stack of fields.

    Of a .csv the name of its column, and whether the series is the differences of its logarithm. `centered`: the mean
    is taken off before the model and added to the samples; None: so for series, not for images. (The moments of the
    low-pass are not centered: where the mean is large, they hold nothing of the slow variations beside it, and samples
    of a helium jet came out with 1.23 times its standard deviation.) `mask` = "gaps": NaN are left out, with 2^j
    samples around them at scale j. Color, (channel, y, x), goes with moments of channels alone.
    """

    source: str
    key: str | None = None
    stack: bool = False
    column: str | None = None
    log_returns: bool = False
    centered: bool | None = None
    mask: Literal["gaps"] | None = None


@dataclass(frozen=True)
class Spectra:
    """`sj.ScatteringSpectra`; all but `remove_edges` and the normalizations "P00" and "none" are of images."""

    kind: Literal["spectra"] = "spectra"
    isotropic: bool = False
    normalization: Literal["P00", "P11", "none"] = "P00"
    ends: bool = False
    remove_edges: bool = False


Moments: TypeAlias = Spectra | PhaseHarmonics | Rectifiers


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
    """`count` quantiles of the pixels, of each channel."""

    kind: Literal["quantiles"] = "quantiles"
    count: int = 32
    weight: float = 1.0

    def __post_init__(self):
        check_range(self, 1, "count")
        check_range(self, 0, "weight", strict=True)


@dataclass(frozen=True)
class PowerSpectrum:
    """The power spectrum in `bins` rings, of each channel."""

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


@dataclass(frozen=True)
class ChannelCorrelation:
    """The correlations of the channels of a color image with one another: its hues."""

    kind: Literal["channel_correlation"] = "channel_correlation"
    weight: float = 1.0

    def __post_init__(self):
        check_range(self, 0, "weight", strict=True)


@dataclass(frozen=True)
class IncrementQuantiles:
    """`moments.IncrementQuantiles` of series: the histograms of increments and of the volatility of windows.

    Scattering spectra let fat tails shrink; with weight .07 beside them these hold them (measured on S&P returns).
    """

    kind: Literal["increment_quantiles"] = "increment_quantiles"
    lags: tuple[int, ...] = (1, 4, 16, 64)
    volatility: tuple[int, ...] = (16, 64)
    groups: int = 32
    weight: float = 0.07

    def __post_init__(self):
        check_range(self, 2, "groups")
        check_range(self, 0, "weight", strict=True)


@dataclass(frozen=True)
class IncrementMoments:
    """`moments.IncrementMoments` of series: skewness and kurtosis of increments."""

    kind: Literal["increment_moments"] = "increment_moments"
    lags: tuple[int, ...] = (1, 4, 16, 64)
    weight: float = 1.0

    def __post_init__(self):
        check_range(self, 0, "weight", strict=True)


@dataclass(frozen=True)
class ReturnHistogram:
    """`moments.ReturnHistogram` of series: scatspectra's histogram moments."""

    kind: Literal["return_histogram"] = "return_histogram"
    weight: float = 1.0

    def __post_init__(self):
        check_range(self, 0, "weight", strict=True)


Extra: TypeAlias = (
    Marginals
    | Quantiles
    | PowerSpectrum
    | Bispectrum
    | ChannelCorrelation
    | IncrementQuantiles
    | IncrementMoments
    | ReturnHistogram
)


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
    """White noise of the target's mean and deviation, or of those given."""

    kind: Literal["white"] = "white"
    mean: float | None = None
    std: float | None = None

    def __post_init__(self):
        check_range(self, 0, "std")


@dataclass(frozen=True)
class SameSpectrum:
    """A Gaussian field with the target's power spectrum: its periodogram, or that smoothed over so many octaves."""

    kind: Literal["spectrum"] = "spectrum"
    smoothing_octaves: float | None = None

    def __post_init__(self):
        check_range(self, 0, "smoothing_octaves", strict=True)


@dataclass(frozen=True)
class Pixels:
    """`sj.Pixels`: the samples themselves."""

    kind: Literal["pixels"] = "pixels"


@dataclass(frozen=True)
class Whitened:
    """`sj.Whitened.of(target)`: each frequency over the target's smoothed spectrum; for steep spectra.

    `tilt` = 1 (images): octaves alike and not modes, for phase harmonics and rectifiers.
    """

    kind: Literal["whitened"] = "whitened"
    smoothing_octaves: float = 0.5
    tilt: float = 0.0
    floor: float = 1e-6

    def __post_init__(self):
        check_range(self, 0, "smoothing_octaves", "floor", strict=True)


@dataclass(frozen=True)
class Increments:
    """`energies.Increments`: the steps of a path."""

    kind: Literal["increments"] = "increments"


@dataclass(frozen=True)
class Centered:
    """`sj.Centered`: the mean stays at the target's."""

    kind: Literal["centered"] = "centered"


Variable: TypeAlias = Pixels | Whitened | Increments | Centered


@dataclass(frozen=True)
class Synthesis:
    """The numbers of `sj.synthesize`: how many samples, how far, and of which shape (None: the target's).

    `max_steps`, `tolerance`: one number, or a list with one a solver of the chain. `fixed`: so many samples at the
    beginning of the series are kept to the bit (gaps as the mean), and the rest is drawn given them; with a longer
    `shape` all of them may be.
    """

    num_samples: int = 1
    max_steps: int | tuple[int, ...] = 200
    tolerance: float | tuple[float, ...] = 1e-3
    lanes: int | None = None
    ensemble: bool = False
    shape: tuple[int, ...] | None = None
    fixed: int | None = None

    def __post_init__(self):
        check_range(self, 1, "num_samples", "max_steps", "lanes", "fixed")
        check_range(self, 0, "tolerance")
        if self.shape is not None and (len(self.shape) not in (1, 2) or min(self.shape) < 1):
            raise ConfigError(f"shape: expected one side of a series, or two of an image, got {list(self.shape)}")


@dataclass(frozen=True)
class Output:
    """Whether pictures are drawn, and in which colors; `differences`: those of series show them, not the series.

    Set it for levels, such as velocities or prices, whose increments tell; a series of returns is one already.
    `match_histogram`: the samples that are written have the target's histogram (`fields.match_histogram`, a channel
    each), which the moments they were drawn by then hold a little less well; the residuals are those before.
    """

    pictures: bool = True
    differences: bool = False
    colormap: Literal["gray", "viridis", "inferno", "coolwarm"] = "gray"
    match_histogram: bool = False


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
    bank: Bank | None = None
    moments: Moments = Spectra()
    extra: tuple[Extra, ...] = ()
    solver: Solver | tuple[Solver, ...] = LBFGS()
    start: White | SameSpectrum = White()
    variable: Variable | tuple[Variable, ...] = Pixels()
    synthesis: Synthesis = Synthesis()
    output: Output = Output()

    def __post_init__(self):
        if not 0 <= self.seed < 2**32:
            raise ConfigError(f"seed: expected 0 <= seed < 2**32, got {self.seed}")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", self.name):
            raise ConfigError(f"name: expected letters, digits, '.', '_' or '-' (it names a folder), got {self.name!r}")
        if self.solver == ():
            raise ConfigError("solver: expected at least one solver, got an empty list")
        solvers = len(self.solver) if isinstance(self.solver, tuple) else 1
        for name in ("max_steps", "tolerance"):
            value = getattr(self.synthesis, name)
            if isinstance(value, tuple) and len(value) != solvers:
                count = f"{solvers} numbers, one a solver" if solvers > 1 else "one number"
                raise ConfigError(f"synthesis.{name}: expected {count}, got {list(value)}")
