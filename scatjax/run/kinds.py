"""The table of kinds: every object that a config can name, one line per kind, and the decorator that adds one.

    [solver]                     room "solver", kind "lbfgs": the table says which constructor that is, and the
    kind = "lbfgs"               signature of the constructor says which keys the table may have, of which type,
    memory = 40                  with which default; ranges are checked by the constructor itself (`tables/choice.py`)

To add a kind, write one line here, or decorate the class (or the function that makes the object) where it stands:

    @kind("solver", "steepest")
    class Steepest(AbstractSampler):
        def __init__(self, step_size: float = 0.1): ...

A room is the name of a table of a config, or of an argument that takes an object (`search` of L-BFGS, `boundary` of a
bank). A room that is not here comes to be with its first kind. Paths are resolved when a config names them.
"""

import importlib
import re
from collections.abc import Callable
from typing import Any, TypeVar

from ..errors import InputError

T = TypeVar("T", bound=Callable)

Entry = str | Callable
BANKS_OF_IMAGES: dict[str, Entry] = {
    "bump_steerable": "wavelets.bump_steerable",
    "bump_cheng": "wavelets.bump_cheng",
    "gaussian_steerable": "wavelets.gaussian_steerable",
    "shannon_steerable": "wavelets.shannon_steerable",
}
BANKS_OF_SERIES: dict[str, Entry] = {
    "battle_lemarie": "wavelets.battle_lemarie",
    "bump": "wavelets.bump",
    "gabor": "wavelets.gabor",
    "haar": "wavelets.haar",
    "morlet_hz": "wavelets.morlet_hz",
}
BANKS_OF_BOTH: dict[str, Entry] = {
    "morlet": "wavelets.morlet",
    "meyer": "wavelets.meyer",
    "shannon": "wavelets.shannon",
    "scatnet": "wavelets.scatnet",
    "profile": "wavelets.profile",
}
KINDS: dict[str, dict[str, Entry]] = {
    "verb": {
        "synthesize": "synthesis.synthesize",
        "denoise": "synthesis.denoise",
        "recover": "synthesis.recover",
        "invert": "synthesis.invert",
    },
    "bank": BANKS_OF_BOTH | BANKS_OF_IMAGES | BANKS_OF_SERIES,
    "moments": {
        "spectra": "moments.ScatteringSpectra",
        "phase_harmonics": "moments.PhaseHarmonics",
        "rectifiers": "moments.RectifierCovariances",
        "scattering_means": "moments.ScatteringMeans",
        "scattering_marginals": "moments.ScatteringMarginals",
        "marginals": "moments.Marginals",
        "quantiles": "moments.Quantiles",
        "power_spectrum": "moments.PowerSpectrum",
        "bispectrum": "moments.Bispectrum",
        "structure_functions": "moments.StructureFunctions",
        "channel_correlation": "moments.ChannelCorrelation",
        "increment_quantiles": "moments.IncrementQuantiles",
        "increment_moments": "moments.IncrementMoments",
        "return_histogram": "moments.ReturnHistogram",
        "reduced": "moments.reduced",
        "invariant": "moments.invariant",
    },
    "pairs": {
        "pywph": "moments.pairs.pywph",
        "pywph_cross": "moments.pairs.pywph_cross",
        "mallat_zhang_rochette": "moments.pairs.mallat_zhang_rochette",
        "zhang_mallat_a": "moments.pairs.zhang_mallat_a",
        "zhang_mallat_b": "moments.pairs.zhang_mallat_b",
        "zhang_mallat_c": "moments.pairs.zhang_mallat_c",
        "zhang_mallat_d": "moments.pairs.zhang_mallat_d",
        "alpha_gray": "moments.pairs.alpha_gray",
        "alpha_color": "moments.pairs.alpha_color",
    },
    "operator": {
        "scattering": "operators.Scattering",
        "modulus_pyramid": "operators.ModulusPyramid",
        "wavelet_transform": "operators.WaveletTransform",
    },
    "solver": {
        "lbfgs": "samplers.LBFGS",
        "levenberg_marquardt": "samplers.LevenbergMarquardt",
        "gradient_descent": "samplers.GradientDescent",
        "adam": "optax.adam",
        "adamw": "optax.adamw",
        "rmsprop": "optax.rmsprop",
        "sgd": "optax.sgd",
    },
    "start": {
        "white": "synthesis.White",
        "spectrum": "synthesis.SameSpectrum",
        "given": "run.tables.builders.given",
    },
    "noise": {
        "white": "synthesis.White",
        "stack": "run.tables.builders.stack",
    },
    "variable": {
        "pixels": "energies.Pixels",
        "whitened": "energies.Whitened.of",
        "increments": "energies.Increments",
        "centered": "energies.Centered",
        "fixed": "run.tables.builders.fixed",
    },
    # objects that are arguments of those above
    "averaging": {"local": "operators.Local", "mean": "operators.Mean", "off": "operators.Off"},
    "boundary": {
        "periodic": "domains.Periodic",
        "mirror": "run.tables.builders.mirror",
        "reflect": "domains.Reflect",
        "reflect_by": "domains.ReflectBy",
        "symmetric": "domains.Symmetric",
        "symmetric_on": "domains.SymmetricOn",
        "zero": "domains.Zero",
    },
    "constants": {
        "exact": "wavelets.Exact",
        "kymatio": "wavelets.Kymatio",
        "cheng": "wavelets.Cheng",
        "scatspectra": "wavelets.ScatSpectra",
    },
    "follows": {
        "increasing_scale": "operators.IncreasingScale",
        "increasing_frequency": "operators.IncreasingFrequency",
        "bandwidth": "operators.Bandwidth",
    },
    "function": {},  # of `profile`: none of ours, register your own
    "oversampling": {"decimated": "wavelets.Decimated"},
    "search": {"strong_wolfe": "samplers.StrongWolfe"},
    "step_size": {"fixed": "samplers.FixedStep", "backtracking": "samplers.Backtracking"},
    "stride": {"geodesic": "samplers.Geodesic", "straight": "samplers.Straight"},
}
TAKEN = ("run", "analyze", "info", "field", "name", "seed", "precision", "extra", "output", "fast", "synthesis")
OTHER_NAMES = {"extra": "moments", "phi": "moments"}  # rooms that hold the kinds of another one


def kind(room: str, name: str) -> Callable[[T], T]:
    """A decorator that enters a class, or a function that makes an object, as a kind that a config can name.

    **Arguments**

    - `room`: the table of the config, "solver", "moments", "bank", "verb", ..., or the argument that the object is for.
    - `name`: what the config says: `kind = "name"`; of a verb the name of its command and of its table.

    **Errors** InputError for a name that another object has, one that no config could say, a verb with the name of a
    table or of another command, and what cannot be called.

    >>> @kind("stride", "half")
    ... def half(part: float = 0.5):
    ...     return part
    >>> constructor("stride", "half") is half
    True
    >>> del KINDS["stride"]["half"]
    """
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise InputError(f"kind({room!r}, {name!r}): a kind is a word of letters, digits and '_', such as 'mine'.")
    if room == "verb" and name in (*TAKEN, *KINDS):
        raise InputError(f"kind({room!r}, {name!r}): a table or a command has this name: choose another one.")

    def enter(made: T) -> T:
        if not callable(made):
            raise InputError(f"kind({room!r}, {name!r}) decorates a class or a function, not {made!r}.")
        entries = KINDS.setdefault(room_of(room), {})
        if name in entries and _origin(entries[name]) != _origin(made):
            raise InputError(f"kind({room!r}, {name!r}) is {_origin(entries[name])} already: choose another name.")
        entries[name] = made
        return made

    return enter


def room_of(name: str) -> str:
    """The room whose kinds a table or an argument of this name takes.

    >>> room_of("extra"), room_of("solver")
    ('moments', 'solver')
    """
    return OTHER_NAMES.get(name, name)


def constructor(room: str, name: str) -> Callable:
    """What makes the objects of a kind; its room is imported here and not before.

    >>> constructor("solver", "lbfgs").__name__
    'LBFGS'
    """
    entry = KINDS[room_of(room)][name]
    if not isinstance(entry, str):
        return entry
    first, *rest = entry.split(".")
    package = first if first == "optax" else f"{__package__.partition('.')[0]}.{first}"
    found: Any = importlib.import_module(package)
    for place, word in enumerate(rest):
        if not hasattr(found, word):  # a module that its package does not import
            found = importlib.import_module(".".join([package, *rest[: place + 1]]))
        else:
            found = getattr(found, word)
    return found


def is_of_optax(room: str, name: str) -> bool:
    """True if a kind is a transformation of optax, which `samplers.Optax` makes a solver.

    >>> is_of_optax("solver", "adam"), is_of_optax("solver", "lbfgs")
    (True, False)
    """
    entry = KINDS[room_of(room)][name]
    return isinstance(entry, str) and entry.startswith("optax.")


def _origin(entry: Any) -> str:
    return entry if isinstance(entry, str) else f"{entry.__module__}.{entry.__qualname__}"
