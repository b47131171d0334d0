"""The tables of banks in a config: one dataclass a family, with the argument names of `sj.wavelets`.

Some families are of images, some of series, some of both; which serve where says `OF_IMAGES` and `OF_SERIES`.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..errors import ConfigError
from .config import check_range

Oversampling: TypeAlias = int | Literal["full"]


@dataclass(frozen=True)
class AbstractBank:
    """J octaves (None: as many as fit, less one of images, less three of series), octaves of oversampling (None: 2)."""

    J: int | None = None
    oversampling: Oversampling | None = None

    def __post_init__(self):
        check_range(self, 1, *(name for name in ("J", "L", "Q") if hasattr(self, name)))
        if self.oversampling != "full":
            check_range(self, 0, "oversampling")
        if getattr(self, "boundary", "periodic") == "mirror" and self.oversampling not in (None, "full"):
            raise ConfigError(f"oversampling: expected 'full' with boundary = 'mirror', got {self.oversampling}")


@dataclass(frozen=True)
class AbstractImages(AbstractBank):
    """Banks of images: L angles."""

    L: int = 4


@dataclass(frozen=True)
class AbstractSeries(AbstractBank):
    """Banks of series, or of both: beyond its ends a series goes on "periodic", or as its "mirror" image.

    The mirror is redone at each layer, on the full grid: twice the samples, for series whose ends do not meet.
    """

    boundary: Literal["periodic", "mirror"] = "periodic"


@dataclass(frozen=True)
class Morlet(AbstractSeries):
    """`sj.wavelets.morlet`: of images, L angles, and of series, Q wavelets an octave (a list: of each layer)."""

    kind: Literal["morlet"] = "morlet"
    L: int | None = None
    Q: int | tuple[int, ...] | None = None
    constants: Literal["exact", "kymatio", "cheng", "scatspectra"] = "exact"


@dataclass(frozen=True)
class BumpSteerable(AbstractImages):
    """`sj.wavelets.bump_steerable`, of images."""

    kind: Literal["bump_steerable"] = "bump_steerable"
    L: int = 8


@dataclass(frozen=True)
class BumpCheng(AbstractImages):
    """`sj.wavelets.bump_cheng`, of images."""

    kind: Literal["bump_cheng"] = "bump_cheng"


@dataclass(frozen=True)
class GaussianSteerable(AbstractImages):
    """`sj.wavelets.gaussian_steerable`, of images."""

    kind: Literal["gaussian_steerable"] = "gaussian_steerable"


@dataclass(frozen=True)
class Shannon(AbstractSeries):
    """`sj.wavelets.shannon`, of images and of series."""

    kind: Literal["shannon"] = "shannon"
    L: int | None = None
    constants: Literal["exact", "scatspectra"] = "exact"


@dataclass(frozen=True)
class Meyer(AbstractSeries):
    """`sj.wavelets.meyer`, of images and of series."""

    kind: Literal["meyer"] = "meyer"
    L: int | None = None
    constants: Literal["exact", "scatspectra"] = "exact"


@dataclass(frozen=True)
class BattleLemarie(AbstractSeries):
    """`sj.wavelets.battle_lemarie`, of series: the wavelets of Morel et al. 2022."""

    kind: Literal["battle_lemarie"] = "battle_lemarie"
    Q: int | tuple[int, ...] | None = None
    constants: Literal["exact", "scatspectra"] = "exact"


@dataclass(frozen=True)
class Bump(AbstractSeries):
    """`sj.wavelets.bump`, of series."""

    kind: Literal["bump"] = "bump"
    Q: int | tuple[int, ...] | None = None
    constants: Literal["exact", "scatspectra"] = "exact"


OF_IMAGES = (Morlet, BumpSteerable, BumpCheng, GaussianSteerable, Shannon, Meyer)
OF_SERIES = (BattleLemarie, Morlet, Bump, Meyer, Shannon)
Bank: TypeAlias = Morlet | BumpSteerable | BumpCheng | GaussianSteerable | Shannon | Meyer | BattleLemarie | Bump
