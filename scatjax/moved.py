"""Old module paths, of two dots or less: they warn and lead to the new place, for one minor version.

A moved path is an entry of `sys.modules` whose names are looked up where they stand now. It is no import hook, as one
would set the attribute of the room, and many of these modules were hidden behind a function of their name. Rooms give
their old modules as attributes by `attribute`.
"""

import importlib
import sys
import types
import warnings
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from typing import Any

PACKAGE = __name__.partition(".")[0]
MOVED = {
    "diagnostics": {
        "bootstrap": "resampling", "compare": "comparison", "increments": "lags", "minkowski": "topology",
        "smile": "smiles",
    },
    "fields": {
        "arrays": "files.arrays", "embedding": "simulators.embedding", "formats": "files.formats",
        "fractional": "simulators.fractional", "gaussian": "simulators.gaussian_fields", "jumps": "simulators.jumps",
        "multifractal": "simulators.multifractals", "read": "files.readers", "tables": "files.tables",
        "turbulence": "simulators.turbulence", "write": "files.writers",
    },
    "moments": {
        "angular": "covariances.angular", "binned": "simple.binned", "blocks": "covariances.plan",
        "channels": "simple.channels", "edges": "covariances.edges", "gamma": "covariances.gamma",
        "gram": "spectra.products", "increments": "simple.increments",
        "invariant": "reductions.scale_invariant reductions.self_similarity", "layout": "spectra.plan",
        "local": "spectra.windows_in_time", "marginals": "simple.marginals", "means": "simple.scattering_means",
        "moments": "spectra.spectra", "outer": "spectra.outer", "phase_harmonics": "covariances.maps",
        "planar": "spectra.images", "products": "covariances.products", "pairs": "covariances.pairs",
        "reduce": "reductions.harmonics reductions.rows weights", "returns": "simple.returns",
        "scattering_marginals": "simple.scattering_marginals", "series": "spectra.series",
        "structure": "simple.structure", "window": "spectra.windows .domains.masks",
    },
    "operators": {
        "cascade": "layers", "frequency": "along", "inverse": "dual_frame", "renormalize": "normalized",
    },
    "plot": {"disk": "disks", "moments": "tables", "series": "scattergram", "time_series": "statistics"},
    "run": {"provenance": "origin"},
    "samplers": {"least_squares": "levenberg_marquardt .energies.solve"},
    "synthesis": {
        "denoise": "denoising.verb", "gaps": "denoising.gaps", "inverse": "inversion", "lanes": ".samplers.drive",
        "noises": "denoising.noises", "progress": ".samplers.progress", "recover": "recovery",
        "subtracted": "denoising.spectrum_under_noise",
    },
    "wavelets": {
        "defaults": "constructors.shared", "dyadic": "families.dyadic", "haar": "families.haar constructors.series",
        "morlet": "families.morlet families.peers.images", "morlet_series": "families.morlet_series",
        "profile": "families.profile", "scatnet": "families.peers.scatnet",
        "scatspectra": "families.peers.scatspectra", "series": "constructors.series",
        "steerable": "families.steerable families.peers.images", "telescope": "families.telescope",
        "tight": "tightened",
    },
}  # fmt: skip
NAMES = {"moments.base": "moments.around", "samplers.sampler": "numbers"}  # modules that stay, whose names went on


class MovedModule(types.ModuleType):
    """An old path: a name asked of it warns, and comes from the first of the new modules that has it."""

    def __init__(self, name: str, places: list[str]):
        super().__init__(name, f"Moved to {', '.join(places)}.")
        self.__spec__ = ModuleSpec(name, None)  # `importlib.util.find_spec` wants one
        self._places = places

    def __getattr__(self, name: str):
        return _found(self.__name__, self._places, name)


def _found(old: str, places: list[str], name: str):
    """The name where it is written, of the modules `places`, with a warning to who asked the old one."""
    if not name.startswith("__"):  # such names are asked of every module by tools like inspect
        having = [module for module in map(importlib.import_module, places) if hasattr(module, name)]
        if having:
            at_home = [m for m in having if getattr(getattr(m, name), "__module__", None) == m.__name__]
            module = (at_home or having)[0]
            message = f"{old}.{name} has moved: import it from {module.__name__}."
            warnings.warn(message, DeprecationWarning, stacklevel=3)
            return getattr(module, name)
    raise AttributeError(f"module {old!r} has no attribute {name!r}")


def install() -> None:
    """Enter every old path that no module bears."""
    for room, names in MOVED.items():
        for name in names:
            old = f"{PACKAGE}.{room}.{name}"
            sys.modules.setdefault(old, MovedModule(old, _new_places(room, name)))


def attribute(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a room whose modules moved, or of a module whose names went on."""
    own = module.removeprefix(f"{PACKAGE}.")

    def __getattr__(name: str) -> Any:  # noqa: N807
        if name in MOVED.get(own, {}):
            return sys.modules[f"{module}.{name}"]
        return _found(module, [f"{PACKAGE}.{NAMES[own]}"] if own in NAMES else [], name)

    return __getattr__


def _new_places(room: str, name: str) -> list[str]:
    """The modules that an old one became."""
    return [f"{PACKAGE}{p}" if p.startswith(".") else f"{PACKAGE}.{room}.{p}" for p in MOVED[room][name].split()]
