"""Synthesis: the public verbs that draw new fields, one story a file."""

from .denoise import Denoised as Denoised
from .denoise import denoise as denoise
from .inverse import invert as invert
from .progress import Progress as Progress
from .progress import ProgressLine as ProgressLine
from .recover import Recovery as Recovery
from .recover import recover as recover
from .result import Synthesis as Synthesis
from .start import AbstractStart as AbstractStart
from .start import Given as Given
from .start import SameSpectrum as SameSpectrum
from .start import White as White
from .texture import synthesize as synthesize
