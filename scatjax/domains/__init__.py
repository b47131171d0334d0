"""Domains: where a field lives, its torus and boundary, bands of wave numbers, masks."""

from .boundary import AbstractBoundary as AbstractBoundary
from .boundary import Periodic as Periodic
from .boundary import Reflect as Reflect
from .boundary import ReflectBy as ReflectBy
from .boundary import Symmetric as Symmetric
from .boundary import SymmetricOn as SymmetricOn
from .boundary import Zero as Zero
from .torus import Torus as Torus
