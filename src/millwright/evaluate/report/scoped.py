"""The page's style inside a notebook: every rule holds within a cell alone."""

import re
from functools import cache

from millwright.evaluate.report.style import DARK, LIGHT, RULES, STORY_RULES

CELL = "mw-cell"
"""The class of the element around everything that a notebook shows."""

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_MEDIA = re.compile(r"@media ([^{]+)\{((?:[^{}]+\{[^{}]*\})*)\}")
_PAGE_ONLY = ("body", "main", "h1", "html", ".story .tiles", "section", "@page")

_DARK_SIGNS = ("[data-jp-theme-light=false]", ".vscode-dark", "html[theme=dark]", "[data-theme=dark]")
_LIGHT_SIGNS = ("[data-jp-theme-light=true]", ".vscode-light", "html[theme=light]", "[data-theme=light]")
"""How JupyterLab, VS Code, Colab and others say which theme they show."""

_OWN = """
.CELL{box-sizing:border-box;max-width:860px;padding:16px 20px;border:1px solid var(--faint);border-radius:10px;
background:var(--panel);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
.CELL .headline{font-size:19px;font-weight:650;line-height:1.3;margin:0 0 8px}
.CELL .project{color:var(--soft);font-size:14px;margin:0 0 2px}
.CELL h3{margin:18px 0 4px}
.CELL .tiles{margin:12px 0 4px}
.CELL .tile{padding:10px 14px}
.CELL .tile .figure{font-size:21px}
.CELL .panel{padding:0;border:0;margin:12px 0 0;background:none}
.CELL .panel .panel{margin:0}
.CELL table{background:none;border:0;font-size:14px;margin:0}
.CELL tr,.CELL td,.CELL th{background:none;border-left:0;border-right:0;border-top:0}
.CELL td,.CELL th{text-align:left;white-space:normal}
.CELL td.number,.CELL th.number{text-align:right;white-space:nowrap}
.CELL td:first-child{min-width:0}
""".replace("CELL", CELL)


@cache
def scoped_style() -> str:
    """All rules, each within the cell; light or dark as the notebook or the reader's system says.

    Each cell has them all: of two cells on a page the later one's would else go before those that it lacks.
    """
    rules = RULES + STORY_RULES
    parts = [_colours(), _scoped(_MEDIA.sub("", rules))]
    parts += [f"@media {query}{{{_scoped(inside)}}}" for query, inside in _MEDIA.findall(rules)]
    return "".join([*parts, _OWN])


def _colours() -> str:
    dark = ",".join(f"{sign} .{CELL}" for sign in _DARK_SIGNS)
    light = ",".join(f"{sign} .{CELL}" for sign in _LIGHT_SIGNS)
    system = f"@media (prefers-color-scheme:dark){{.{CELL}{{color-scheme:dark;{DARK}}}}}"
    return (
        f".{CELL}{{color-scheme:light;{LIGHT}}}{system}{dark}{{color-scheme:dark;{DARK}}}{light}{{color-scheme:light;{LIGHT}}}"
    )


def _scoped(rules: str) -> str:
    found = []
    for selectors, declarations in _RULE.findall(rules):
        kept = [f".{CELL} {one.strip()}" for one in selectors.split(",") if not one.strip().startswith(_PAGE_ONLY)]
        if kept:
            found.append(f"{','.join(kept)}{{{declarations.strip()}}}")
    return "\n".join(found)
