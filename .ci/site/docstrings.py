"""Docstrings as Markdown: a griffe extension that fences what runs and sets lists apart.

Our docstrings are Markdown with formulas and doctests; Markdown takes `>>>` for three quotations in one another, and a
list that follows its paragraph without an empty line for more of the paragraph.
"""

import re

import griffe

RUNS = re.compile(r"^([ \t]*)>>> .*\n?(?:^(?!\s*$).*\n?)*", re.MULTILINE)
LIST = re.compile(r"^(?![ \t]*(?:[-*]|\d+\.) )(\S.*)\n(?=[ \t]*(?:[-*]|\d+\.) )", re.MULTILINE)
FORMULA = re.compile(r"\$\$(.+?)\$\$([.,;:]?)[ \t]*", re.DOTALL)
HEADING = re.compile(r"\n(?=\*\*[A-Z])")  # **Errors** after the list of arguments
VERBATIM = re.compile(r"(``?[^`]+``?|\$\$.+?\$\$|\$[^$]+\$|(?<=\n) {4}[^\n]*)", re.DOTALL)  # code and formulas
STAR = re.compile(r"(?<!\*)\*(?=\w)")  # of `*batch`, `*space`: our docstrings have no italics


class Markdown(griffe.Extension):
    """Rewrites the docstring of every object."""

    def on_object(self, *, obj, **kwargs) -> None:
        """Called for each object that has been read."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)


def markdown(text: str) -> str:
    """A docstring with doctests fenced, lists and displayed formulas apart."""
    text = RUNS.sub(fenced, text)
    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("```") else spaced(part) for part in parts)


def fenced(match: re.Match) -> str:
    """The lines of a doctest as a block of code, less the marks for doctest itself."""
    lines = [line.removeprefix(match[1]) for line in match[0].rstrip("\n").split("\n")]
    lines = [re.sub(r"\s*# doctest: .*$", "", line) for line in lines]
    return "\n```pycon\n" + "\n".join(lines) + "\n```\n"


def plain(text: str) -> str:
    """Text in which a star is a star, and `<x>` a mean and no tag."""
    return STAR.sub(r"\\*", text).replace("<", "&lt;")


def spaced(text: str) -> str:
    """Empty lines before lists and around displayed formulas, whose own lines are joined."""
    parts = VERBATIM.split(text)
    text = "".join(part if n % 2 else plain(part) for n, part in enumerate(parts))
    display = lambda match: "\n\n$$" + " ".join(match[1].split()) + match[2] + "$$\n\n"
    return FORMULA.sub(display, LIST.sub(r"\1\n\n", HEADING.sub("\n\n", text)))
