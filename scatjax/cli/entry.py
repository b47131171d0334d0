"""The command line: `scatjax {synthesize,denoise,recover,invert,run,analyze,info}`, also as `python -m scatjax`.

Exit codes are in `codes.py`. Rooms are imported inside of the functions, so that `--help` and a misspelled config
answer at once. Only here is JAX's persistent compile cache switched on: environment SCATJAX_CACHE = a folder, or `off`.
Every verb of the table of kinds has a command; `--import MODULE` imports a module first that registers more of them.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ..errors import InputError
from .codes import BAD_INPUT, DONE, Signals
from .commands.drawing import draw
from .commands.machine import info
from .commands.measuring import analyze

SUMMARIES = {
    "synthesize": "Draw new fields that share the target's moments.",
    "denoise": "Find the field whose moments, once noise is added, are those of a noisy one.",
    "recover": "Find an image from its phase harmonic correlations, up to a translation.",
    "invert": "Find a field from its scattering coefficients.",
}
RUN = "Run the verb whose table the config has, [denoise] say; synthesize, if it has none."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    >>> main(["info", "--set", "seed=1"])
    2
    """
    with Signals() as signals:
        try:
            words = _imported(list(sys.argv[1:] if argv is None else argv))
            arguments = _parser().parse_args(words)
            return arguments.command(arguments, signals)
        except InputError as error:
            return _refuse(error)
        except ImportError as error:
            if "scatjax[" not in str(error):
                raise
            return _refuse(error)
        except KeyboardInterrupt:
            print("error: stopped before there was anything to keep.", file=sys.stderr)
            return signals.code
        except BrokenPipeError:  # the reader of a pipe, such as `head`, has had enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE


class _Parser(argparse.ArgumentParser):
    """Argparse with errors of one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see `{self.prog} --help`.")


def _parser() -> argparse.ArgumentParser:
    from ..run.kinds import KINDS
    from ..version import __version__

    parser = _Parser("scatjax", description="Wavelet scattering and maximum-entropy models of fields.")
    parser.add_argument("--version", action="version", version=f"scatjax {__version__}")
    names = [*KINDS["verb"], "run", "analyze", "info"]
    commands = parser.add_subparsers(required=True, metavar=f"{{{','.join(names)}}}", parser_class=_Parser)
    shared, out = _shared(), _Parser(add_help=False)
    out.add_argument("--out", type=Path, metavar="DIR", help="output folder, new or empty (default: runs/NAME-NNN)")
    for verb in [*KINDS["verb"], "run"]:
        summary = RUN if verb == "run" else SUMMARIES.get(verb, f"Run the verb {verb} of a config.")
        one = _add(commands, verb, summary, draw, [shared, out])
        one.set_defaults(verb=verb)
        one.add_argument("config", metavar="CONFIG.toml")
    _add(commands, "analyze", _first(analyze), analyze, [shared, out]).add_argument("source", metavar="FIELD_OR_CONFIG")
    _add(commands, "info", _first(info), info, [shared]).add_argument("config", metavar="CONFIG.toml", nargs="?")
    return parser


def _shared() -> _Parser:
    """The options of all commands."""
    shared = _Parser(add_help=False)
    shared.add_argument("--set", action="append", default=[], metavar="a.b=v", help="override one value of the config")
    shared.add_argument("--seed", type=int, help="override the seed")
    shared.add_argument("--fast", action="store_true", help="apply the config's own table [fast] (a tiny run)")
    shared.add_argument("--import", action="append", metavar="MODULE", help="import a module that registers kinds")
    return shared


def _imported(words: list[str]) -> list[str]:
    """The words of a command line less its --import options, whose modules are imported."""
    finder = _Parser("scatjax", add_help=False, allow_abbrev=False)
    finder.add_argument("--import", action="append", default=[], dest="modules")
    found, others = finder.parse_known_args(words)
    for name in found.modules:
        if not all(map(str.isidentifier, name.split("."))):
            raise InputError(f"--import {name}: not the name of a module: give it as `import` does, such as a.b.")
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
            raise InputError(f"--import {name}: no such module: put it on PYTHONPATH, or install it.") from error
    return others


def _add(commands: Any, name: str, summary: str, command: Callable[..., int], parents: list[_Parser]) -> Any:
    parser = commands.add_parser(name, parents=parents, help=summary, description=summary)
    parser.set_defaults(command=command)
    return parser


def _first(command: Callable) -> str:
    return (command.__doc__ or "").strip()


def _refuse(error: Exception) -> int:
    print("error:", " ".join(str(error).split()), file=sys.stderr)
    return BAD_INPUT
