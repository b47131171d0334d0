"""Formulas of the docs site as MathML, made when it is built: a hook of mkdocs; and what a page may not hold.

Markdown pages and docstrings mark their formulas (pymdownx.arithmatex); notebooks keep `$..$` in their text. The font
is the site's own: browsers stretch bars and brackets in a mathematical font alone, and not every reader has one. A
formula that is no MathML, and a page that asks another server for a script, a style or an image, end the build.
"""

import html
import re
from importlib.resources import files as resources
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

MARKED = re.compile(r'<(span|div) class="arithmatex">\s*\\([(\[])(.*?)\\[)\]]\s*</\1>', re.DOTALL)
DOLLARS = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
SCRIPTS = re.compile(r"<script\b(?![^>]*application/json).*?</script>", re.DOTALL)
LOADED = r'<(?:link|script|img|source|iframe)\b[^>]*?(?:src|href)=["\']?(?:https?:)?//[^>]*'
OUTSIDE = re.compile(LOADED + r"|@import\W+(?:url\W+)?http[^;]*")
VERBATIM = re.compile(r"(<(pre|code|style|script|math)\b.*?</\2>|<[^>]+>)", re.DOTALL)
TEX = {  # what latex2mathml lacks
    r"\s+": " ",
    r"\\arg(?![a-zA-Z])": r"\\operatorname{arg}",
    r"\\[bB]igg?[lr]?(?=\\)": "",
}
BAR = re.compile(r'<mo( stretchy="false")?>&#x0007C;</mo>')  # latex2mathml's has the spaces of a relation
FONT = "STIXTwoMath-Regular.ttf"  # of ziamath, SIL Open Font License; site.css names it
LETTER = r'<mi mathvariant="normal">(\w)</mi>'  # of \mathrm{..}, which it spells letter by letter


def on_files(files, config):
    """The font beside the pages."""
    content = resources("ziamath.fonts").joinpath(FONT).read_bytes()
    files.append(File.generated(config, f"fonts/{FONT}", content=content))
    return files


@event_priority(100)  # before the search index reads the page
def on_page_content(content, page, **kwargs):
    """All formulas of a page."""
    if page.file.src_uri.endswith(".ipynb"):
        content = of_notebook(SCRIPTS.sub("", content))
    content = MARKED.sub(lambda m: mathml(m[3], page, display=m[2] == "["), content)
    left = re.search(r"\\\(|\\\[|\$\$", VERBATIM.sub("", content))
    if left:
        around = VERBATIM.sub("", content)[max(0, left.start() - 60) : left.end() + 60]
        raise PluginError(f"{page.file.src_uri}: a formula is left as it was written, near {around!r}")
    return content


def of_notebook(content: str) -> str:
    """The text of a notebook with its formulas marked; code and tags stay as they are."""
    parts = VERBATIM.split(content)
    texts = parts[::3]
    marked = [DOLLARS.sub(marks, text) for text in texts]
    tags = parts[1::3] + [""]
    return "".join(text + tag for text, tag in zip(marked, tags, strict=True))


def marks(match: re.Match) -> str:
    """As arithmatex marks them."""
    if match[1]:
        return rf'<div class="arithmatex">\[{match[1]}\]</div>'
    return rf'<span class="arithmatex">\({match[2]}\)</span>'


def mathml(tex: str, page, *, display: bool) -> str:
    """A formula as MathML; what the converter does not know would stay in it with its backslash."""
    tex = html.unescape(tex).strip()
    for written, known in TEX.items():
        tex = re.sub(written, known, tex)
    try:
        out = convert(tex, display="block" if display else "inline")
    except Exception as error:
        raise PluginError(f"{page.file.src_uri}: no MathML of {tex!r}: {error!r}") from error
    if "\\" in out:
        raise PluginError(f"{page.file.src_uri}: {tex!r} holds a command that has no MathML: {out}")
    word = lambda match: "<mi>" + "".join(re.findall(LETTER, match[0])) + "</mi>"
    out = BAR.sub('<mo lspace="0" rspace="0" stretchy="false">|</mo>', re.sub(rf"(?:{LETTER}){{2,}}", word, out))
    out = f'<div class="formula">{out}</div>' if display else out
    return out.replace('<mo accent="true">&#x02015;</mo>', '<mo accent="true" stretchy="true">&#x0203E;</mo>')


def on_post_page(output, page, config, **kwargs):
    """Refuses what a page would load from elsewhere."""
    outside = OUTSIDE.search(output)
    if outside:
        raise PluginError(f"{page.file.src_uri} asks another server: {outside[0][:120]}")
    return output


def on_post_build(config):
    """Refuses the same of style sheets."""
    for path in Path(config.site_dir).rglob("*.css"):
        outside = re.search(r"(?:url\(|@import )\W?(?:https?:)?//[^)]*", path.read_text())
        if outside:
            raise PluginError(f"{path.name} asks another server: {outside[0][:120]}")
