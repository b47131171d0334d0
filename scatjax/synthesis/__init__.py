r"""Synthesis: the public verbs that draw new fields, one story per file.

**To add a verb**, write one file with one function and a line in `run/kinds.py`. What verbs have in common:

- what it works on comes first, by position (`key`, `phi`, `target`); everything else is a keyword-only argument with
  the name and the meaning that it has in `synthesize` (`num_samples`, `solver`, `max_steps`, `tolerance`, `start`,
  `variable`, `weights`, `lanes`, `report`), so that its command and the table of its config follow from its signature;
- a `Problem` says what is matched (`pose`), `stages` and `scales` turn parallel lists into objects, and `Run.solve`
  draws starts, runs lanes through `samplers.drive` and hears Ctrl-C inside `with Interrupt()`; a verb that matches
  nothing calls `drive.begin` and `drive.chunks` itself;
- it gives a `Synthesis`, or an `AbstractOutcome` that adds to one.
"""

from ..moved import attribute
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

__getattr__ = attribute(__name__)
