"""The tables of phase harmonic and rectifier covariances in a config: which published set of pairs, with its options.

A set is one row of `SETS`: the options of its constructor in `sj.pairs`, with their names there, and the channels of
the fields that it is of. J and L are the bank's. A new set is a row there and its name in `pairs`.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..errors import ConfigError, did_you_mean
from .config import check_range

ANY = -1  # as many channels as the field has, two or more


class Set(NamedTuple):
    """The options of a constructor of pairs; the channels it is of (None: gray, ANY); the angles its paper takes."""

    options: tuple[str, ...]
    channels: int | None = None
    L: int = 4


_CROSS = ("translations", "A", "normalized", "periodic")
SETS = {
    "pywph": Set(("translations", "classes", "A", "legacy", "complex_map", "normalized", "periodic")),
    "pywph_cross": Set(_CROSS, channels=2),
    "mallat_zhang_rochette": Set(("scale_steps", "harmonic_steps", "angle_steps", "means"), L=8),
    "zhang_mallat_a": Set(("shift_steps",), L=8),
    "zhang_mallat_b": Set(("angle_steps", "shift_steps"), L=8),
    "zhang_mallat_c": Set(("scale_steps", "angle_steps", "shift_steps"), L=8),
    "zhang_mallat_d": Set(("scale_steps", "largest_harmonic"), L=8),
    "alpha_gray": Set(("A", "scale_steps", "right_phases", "all_shifts")),
    "alpha_color": Set(("A", "scale_steps", "all_shifts"), channels=ANY),
}


@dataclass(frozen=True)
class AbstractCovariances:
    """What both kinds share; options that are left out are those of the constructor.

    `remove_edges`: the canvas is not periodic, what is nearer than 2^j samples to its border is left out. `weights`:
    kind of row -> how much it counts in the energy, as `weights = {C01 = 2.0}`.
    """

    pairs: str = ""
    A: int | None = None
    scale_steps: int | None = None
    remove_edges: bool = False
    weights: dict[str, float] | None = None

    def __post_init__(self):
        check_range(self, 0, *(name for name in _STEPS if hasattr(self, name)))
        check_range(self, 1, *(name for name in ("A", "right_phases", "largest_harmonic") if hasattr(self, name)))
        for kind, weight in (self.weights or {}).items():
            if not weight >= 0:
                raise ConfigError(f"weights.{kind}: expected a number >= 0, got {weight}")
        known = SETS[self.pairs].options
        for option in (name for name in vars(self) if name not in _COMMON and getattr(self, name) is not None):
            if option not in known:
                hint = did_you_mean(option, known) or f"; it takes {', '.join(known)}"
                raise ConfigError(f"{option}: pairs = {self.pairs!r} has no such option{hint}")

    @property
    def options(self) -> dict[str, object]:
        """The options that are set."""
        every = {name: getattr(self, name, None) for name in SETS[self.pairs].options}
        return {name: value for name, value in every.items() if value is not None}

    @property
    def channels(self) -> int | None:
        """The channels of the fields that the pairs are of: None, a number or ANY."""
        return 2 if getattr(self, "complex_map", None) else SETS[self.pairs].channels


_COMMON = ("kind", "pairs", "remove_edges", "weights")
_STEPS = ("translations", "scale_steps", "harmonic_steps", "angle_steps", "shift_steps")


@dataclass(frozen=True)
class PhaseHarmonics(AbstractCovariances):
    """`sj.PhaseHarmonics(bank, sj.pairs.NAME(J, L, ...))`: turbulence and physical fields."""

    kind: Literal["phase_harmonics"] = "phase_harmonics"
    pairs: Literal[
        "pywph", "pywph_cross", "mallat_zhang_rochette",
        "zhang_mallat_a", "zhang_mallat_b", "zhang_mallat_c", "zhang_mallat_d",
    ] = "pywph"  # fmt: skip
    translations: int | None = None
    classes: tuple[str, ...] | None = None
    legacy: bool | None = None
    complex_map: bool | None = None
    normalized: bool | None = None
    periodic: bool | None = None
    harmonic_steps: int | None = None
    largest_harmonic: int | None = None
    angle_steps: int | None = None
    shift_steps: int | None = None
    means: bool | None = None


@dataclass(frozen=True)
class Rectifiers(AbstractCovariances):
    """`sj.RectifierCovariances(bank, sj.pairs.NAME(J, L, ...))`: visual textures, gray and color."""

    kind: Literal["rectifiers"] = "rectifiers"
    pairs: Literal["alpha_gray", "alpha_color"] = "alpha_gray"
    right_phases: int | None = None
    all_shifts: bool | None = None
