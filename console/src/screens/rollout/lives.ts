import type { Release } from "../../api/types";
import type { Lane, Stretch } from "../../marks/Lanes";
import { projectPath } from "../../shell/screens";

/** When each version was live, and when another was tried beside it and how, from the changes of release. */
export function lives(project: string, releases: readonly Release[], until?: number): { lanes: Lane[]; domain: [number, number] } {
  const rows = [...releases].sort((a, b) => a.number - b.number);
  const first = time(rows[0]?.event_at);
  const last = time(rows.at(-1)?.event_at);
  const end = until ?? Math.min(Date.now(), last + Math.max(86_400_000, (last - first) * 0.25));
  const live: Stretch[] = [];
  const tried: Stretch[] = [];
  for (const [i, row] of rows.entries()) {
    const from = time(row.event_at);
    const to = rows[i + 1] ? time(rows[i + 1]?.event_at) : end;
    extend(live, { from, to, name: `v${row.version}`, kind: "live", href: projectPath(project, "versions", `v${row.version}`) });
    if (row.challenger !== null) {
      const name = `v${row.challenger}${row.paused ? " paused" : ""}`;
      extend(tried, { from, to, name, kind: row.share ? "canary" : "shadow" });
    }
  }
  return { lanes: [{ name: "Live", stretches: live }, { name: "Tried", stretches: tried }], domain: [first, end] };
}

function extend(stretches: Stretch[], next: Stretch): void {
  const last = stretches.at(-1);
  if (last && last.name === next.name && last.kind === next.kind && last.to === next.from) last.to = next.to;
  else stretches.push(next);
}

function time(iso: string | undefined): number {
  return iso ? new Date(iso).getTime() : 0;
}
