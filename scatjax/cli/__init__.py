"""The command line: `scatjax COMMAND`, also as `python -m scatjax`."""

from .main import main as main
