"""Runs: a config, what it makes, and the folder that holds its outputs."""

from ..moved import attribute
from .config import dump as dump
from .config import load as load
from .config import loads as loads
from .folder import Folder as Folder
from .kinds import kind as kind
from .memory import keep_memory as keep_memory
from .model import Model as Model
from .model import prepare as prepare
from .origin import provenance as provenance
from .schema import Field as Field
from .schema import Run as Run
from .tables.choice import Choice as Choice
from .tables.choice import choose as choose
from .verbs import Task as Task

__getattr__ = attribute(__name__)
