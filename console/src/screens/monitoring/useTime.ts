import type { ApiError } from "../../api/client";
import { useGet } from "../../api/hooks";
import type { Page, ProjectRow, Release } from "../../api/types";
import { useSpan } from "../../shell/TimeRange";

const DAY = 86_400_000;
/** A time ends before its end: what was found at the very end of the newest look belongs to it. */
const MOMENT = 1000;

export interface Time {
  ready: boolean;
  error: ApiError | null;
  from: string;
  to: string;
  domain: [number, number];
  row: ProjectRow | undefined;
}

/** The time that a screen speaks of: what the URL says, within what there is, from the first release to the newest look. */
export function useTime(project: string): Time {
  const row = useGet<ProjectRow>(`/projects/${project}`);
  const first = useGet<Page<Release>>(`/projects/${project}/releases?sort=event_at&limit=1`);
  const until = newest(row.data);
  const span = useSpan(until);
  const begin = first.data?.items[0]?.event_at;
  const from = span.from ? new Date(span.from).getTime() : begin ? new Date(begin).getTime() : Date.now() - 90 * DAY;
  const end = span.to ? new Date(span.to).getTime() : 0;
  const to = end > from ? end : Math.max(until ? new Date(until).getTime() + MOMENT : Date.now(), from + DAY);
  return { ready: row.data !== undefined && first.data !== undefined, error: row.error ?? first.error, from: new Date(from).toISOString(), to: new Date(to).toISOString(), domain: [from, to], row: row.data };
}

/** Where the newest of it lies: now, where a server answers; else the end of what was last looked at. */
function newest(row: ProjectRow | undefined): string | null {
  if (!row || row.server) return null;
  return row.status.watched_until ?? row.status.last_run?.as_of ?? null;
}
