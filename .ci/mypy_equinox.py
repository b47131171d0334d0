"""A plugin of mypy: an `AbstractVar` of Equinox is no argument of `__init__`.

Equinox declares `dataclass_transform`, and to type checkers `AbstractVar[T]` is T. So mypy takes an abstract attribute
for a field: it asks for it in every `__init__`, before the fields of the class, and forbids what it is for, a property
in its place. Here such declarations are left out of the fields.
"""

from collections.abc import Callable

from mypy.nodes import AssignmentStmt
from mypy.plugin import ClassDefContext, Plugin
from mypy.types import UnboundType


class Equinox(Plugin):
    """Hooks into every class of a package that has bases: only AbstractVar is looked for."""

    def get_base_class_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        """The hook of classes derived from `fullname`."""
        return leave_out if fullname.startswith(("equinox.", "scatjax.")) else None


def leave_out(context: ClassDefContext) -> None:
    """Take `x: AbstractVar[T]` from the annotations that become fields; the attribute and its type stay."""
    for line in context.cls.defs.body:
        if isinstance(line, AssignmentStmt) and isinstance(line.unanalyzed_type, UnboundType):
            if line.unanalyzed_type.name.rpartition(".")[2] == "AbstractVar":
                line.new_syntax = False


def plugin(version: str) -> type[Plugin]:
    """What mypy asks a plugin for."""
    return Equinox
