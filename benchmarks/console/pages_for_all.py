"""axe-core on every screen in both themes: what keeps people out of a page, in its own words."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from browsing import P, browsing
from figure import Figure

if TYPE_CHECKING:
    from console_site import Site

SCREENS = (
    "/", f"{P}/monitoring", f"{P}/rollout", f"{P}/log", f"{P}/log?tab=decisions", f"{P}/log?tab=alerts", f"{P}/log?tab=audit",
    f"{P}/spec", f"{P}/data", f"{P}/runs", f"{P}/versions", f"{P}/versions/v1", f"{P}/compare?versions=v1,v2",
    f"{P}/rehearsals", "/settings", "/settings?tab=people", "/settings?tab=keys",
)  # fmt: skip
AXE = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter(one => ['serious', 'critical'].includes(one.impact)).map(one => `${one.id}: ${one.nodes[0].html.slice(0, 120)}`)"""


def figures(site: "Site") -> Iterator[Figure]:
    """Serious and critical findings on all screens, in light and in dark."""
    found: list[str] = []
    with browsing(site) as here:
        page = here.page(_axe())
        for path in SCREENS:
            here.open(page, path)
            for theme in ("light", "dark"):
                page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
                for one in page.evaluate(AXE):
                    site.say(f"{path} ({theme}): {one}")
                    found.append(one)
        page.context.close()
    yield Figure("axe.serious", float(len(found)), "", f"axe-core on {len(SCREENS)} screens in two themes", 0.0)


def _axe() -> str:
    spec = importlib.util.find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        raise RuntimeError("axe_playwright_python is not installed: it is in the dev group")
    return (Path(spec.origin).parent / "axe.min.js").read_text()
