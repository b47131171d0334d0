"""The command line: `scatjax COMMAND`, also as `python -m scatjax`."""

from .codes import BAD_INPUT as BAD_INPUT
from .codes import DONE as DONE
from .codes import INTERRUPTED as INTERRUPTED
from .codes import NOT_CONVERGED as NOT_CONVERGED
from .codes import TERMINATED as TERMINATED
from .entry import main as main
from .setup import cache_folder as cache_folder
