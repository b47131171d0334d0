"""Synthesis: the public verbs that draw new fields, one story a file."""

from ..samplers.progress import Progress as Progress
from ..samplers.progress import ProgressLine as ProgressLine
from .denoising.verb import Denoised as Denoised
from .denoising.verb import denoise as denoise
from .inversion import invert as invert
from .recovery import Recovery as Recovery
from .recovery import recover as recover
from .result import Synthesis as Synthesis
from .stages import Scale as Scale
from .stages import Stage as Stage
from .start import AbstractStart as AbstractStart
from .start import Given as Given
from .start import SameSpectrum as SameSpectrum
from .start import White as White
from .texture import synthesize as synthesize
