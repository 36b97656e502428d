"""The table of all runs, scrolled from its first row to its last: no task may keep the page from answering."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from browsing import P, browsing
from figure import Figure

if TYPE_CHECKING:
    from console_site import Site

TASK_MS_BAR, STEP, MOST_SECONDS = 100.0, 600, 240
SCROLL = """async ([step, seconds]) => {
    const frame = () => new Promise(requestAnimationFrame);
    const table = document.querySelector('.table-frame.tall');
    const rows = () => Number(table.querySelector('table').getAttribute('aria-rowcount')) - 1;
    const shown = () => [...table.querySelectorAll('tr[aria-rowindex]')];
    const last = () => Math.max(...shown().map(one => Number(one.getAttribute('aria-rowindex'))), 0);
    window.seen.longest = 0;
    const until = performance.now() + seconds * 1000;
    let steps = 0;
    while (last() <= rows() && performance.now() < until) {
        const before = table.scrollTop;
        table.scrollTop = before + step;
        await frame();
        steps += 1;
        if (last() - 1 >= rows()) break;
    }
    await frame();
    return {seen: last() - 1, of: rows(), steps, longest: window.seen.longest};
}"""


def figures(site: "Site") -> Iterator[Figure]:
    """The longest task, in ms; 0 where none took more than the 50 ms from which browsers tell of one."""
    with browsing(site) as here:
        site.say(f"scrolling through {site.asked.runs:,} runs; {site.load}")
        page = here.page()
        here.open(page, f"{P}/runs")
        seen = page.evaluate(SCROLL, [STEP, MOST_SECONDS])
        page.context.close()
    if seen["seen"] < seen["of"]:
        raise RuntimeError(f"the end was not reached: row {seen['seen']:,} of {seen['of']:,} after {seen['steps']:,} steps")
    about = f"{seen['of']:,} runs in {seen['steps']:,} steps; {site.load}"
    yield Figure("scroll.longest_task", float(seen["longest"]), "ms", about, TASK_MS_BAR)
