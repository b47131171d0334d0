"""What a run says: its TOML file as one frozen dataclass, table by table.

    name, seed, precision      [field] what is measured       [bank] wavelets          [moments] what is matched
    [[extra]] further moments  [solver] or [[solver]] (chain) [start] the initial law  [variable] or [[variable]]
    [synthesize], [denoise], [recover] or [invert]: the verb, with its numbers         [noise] of denoise
    [operator] of invert       [output] pictures              [fast] overrides for `--fast`

Tables with a `kind` are choices of the table of kinds: their keys are the arguments of a constructor, read from its
signature (`kinds.py`, `tables/signatures.py`); the table of a verb holds its keyword-only arguments. The same tables
serve images and series; what is not set follows the rank of the field (`assemble.completed`).
"""

import dataclasses
import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from ..errors import ConfigError
from . import kinds
from .tables.choice import VERBS_OF_OLD, Choice, Room, Verb, choose
from .tables.signatures import parameters

Bank: TypeAlias = Annotated[Choice, Room("bank")]
Moments: TypeAlias = Annotated[Choice, Room("moments")]
Extra: TypeAlias = Annotated[Choice, Room("extra")]
Operator: TypeAlias = Annotated[Choice, Room("operator")]
Noise: TypeAlias = Annotated[Choice, Room("noise")]
Solver: TypeAlias = Annotated[Choice, Room("solver")]
Start: TypeAlias = Annotated[Choice, Room("start")]
Variable: TypeAlias = Annotated[Choice, Room("variable")]
Verbs: TypeAlias = Annotated[Choice, Verb()]
NEEDED = {"noise": "noise", "operator": "S"}  # tables of some verbs alone: the argument that takes them


@dataclass(frozen=True)
class Field:
    """The target: a bundled name or a path, the key of an archive, and whether the first axis is a stack of fields.

    - `column`: of a .csv the name of its column; `log_returns`: the series is the differences of its logarithm.
    - `centered`: the mean is taken off before the model and added to the samples; None: so for series, not for images.
      (The moments of the low-pass are not centered: where the mean is large, they hold nothing of the slow variations
      beside it, and samples of a helium jet came out with 1.23 times its standard deviation.)
    - `mask` = "gaps": NaN are left out, with 2^j samples around them at scale j.

    Color, (channel, y, x), goes with moments of channels alone.
    """

    source: str
    key: str | None = None
    stack: bool = False
    column: str | None = None
    log_returns: bool = False
    centered: bool | None = None
    mask: Literal["gaps"] | None = None


@dataclass(frozen=True)
class Output:
    """Pictures of a run: if they are drawn, of what, and in which colors.

    - `differences`: pictures of series show these and not the series. Set it for levels, such as velocities or prices,
      whose increments tell; a series of returns is one already.
    - `match_histogram`: the samples that are written have the target's histogram (`fields.match_histogram`, channel by
      channel), which the moments they were drawn by then hold a little less well; the residuals are those before.
    """

    pictures: bool = True
    differences: bool = False
    colormap: Literal["gray", "viridis", "inferno", "coolwarm"] = "gray"
    match_histogram: bool = False


def _spectra() -> Choice:
    return choose("moments", "spectra")


def _synthesize() -> Choice:
    return choose("verb", "synthesize")


@dataclass(frozen=True)
class Run:
    """One run of a verb (or of `analyze`, which stops after the moments): all that decides its samples.

    Solver, start and variable that are None are the verb's own. Seeds are below 2^32, since without x64 JAX folds
    larger ones onto others without a word.

    >>> from scatjax.run import loads
    >>> loads(Run, 'field = {source = "brick64"}').verb.max_steps
    300
    """

    OF_OLD: ClassVar = VERBS_OF_OLD  # names that are read and not proposed
    field: Field
    name: str = "run"
    seed: int = 0
    precision: Literal["float32", "float64"] = "float32"
    bank: Bank | None = None
    moments: Moments = dataclasses.field(default_factory=_spectra)
    extra: tuple[Extra, ...] = ()
    operator: Operator | None = None
    noise: Noise | None = None
    solver: Solver | tuple[Solver, ...] | None = None
    start: Start | None = None
    variable: Variable | tuple[Variable, ...] | None = None
    verb: Verbs = dataclasses.field(default_factory=_synthesize)
    output: Output = Output()

    def __post_init__(self):
        if not 0 <= self.seed < 2**32:
            raise ConfigError(f"seed: expected 0 <= seed < 2**32, got {self.seed}")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}", self.name):
            raise ConfigError(f"name: expected letters, digits, '.', '_' or '-' (it names a folder), got {self.name!r}")
        if self.solver == ():
            raise ConfigError("solver: expected at least one solver, got an empty list")
        self._check_limits()
        for table, argument in NEEDED.items():
            if getattr(self, table) is not None and argument not in self.verb_arguments:
                users = [f"`scatjax {verb}`" for verb in kinds.KINDS["verb"] if argument in _arguments(verb)]
                raise ConfigError(f"{table}: `scatjax {self.verb.kind}` takes none: leave it out, or use {users[0]}.")

    def _check_limits(self) -> None:
        """One number for all solvers of a chain, or one per solver."""
        solvers = len(self.solver) if isinstance(self.solver, tuple) else 1
        for name in ("max_steps", "tolerance"):
            value = self.verb.arguments.get(name)
            if isinstance(value, tuple) and len(value) != solvers:
                count = f"{solvers} numbers, one a solver" if solvers > 1 else "one number"
                raise ConfigError(f"{self.verb.where}.{name}: expected {count}, got {list(value)}")

    @property
    def verb_arguments(self) -> dict[str, Any]:
        """The parameters of the verb."""
        return _arguments(self.verb.kind)

    @staticmethod
    def aliases() -> dict[str, str]:
        """The tables of a file that are its `verb`."""
        return dict.fromkeys([*kinds.KINDS["verb"], *VERBS_OF_OLD], "verb")

    def items(self) -> dict[str, Any]:
        """The keys of the file with their values, as `dump` writes them."""
        every = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {self.verb.kind if name == "verb" else name: value for name, value in every.items()}


def _arguments(verb: str) -> dict[str, Any]:
    return parameters(kinds.constructor("verb", verb))
