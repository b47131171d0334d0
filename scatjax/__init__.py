"""scatjax: wavelet scattering and maximum-entropy modelling in JAX."""

from pathlib import Path as _Path

from .lazy import attach as _attach
from .moved import install as _install
from .version import __version__ as __version__

__getattr__, __dir__, __all__ = _attach(__name__, _Path(__file__).with_name("__init__.pyi"))

_install()
