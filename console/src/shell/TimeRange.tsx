import { useState } from "react";
import { changeQuery, useParam } from "../url/location";

const RANGES: [string, string][] = [["7d", "7 d"], ["30d", "30 d"], ["90d", "90 d"], ["1y", "1 y"], ["", "All"]];
const DAYS: Record<string, number> = { "7d": 7, "30d": 30, "90d": 90, "1y": 365 };

export interface Span {
  from: string | null;
  to: string | null;
}

/** The time that is asked about: days of the URL, or so many days up to the newest that there is (`until`); null: all. */
export function useSpan(until: string | null | undefined): Span {
  const from = useParam("from");
  const to = useParam("to");
  const range = useParam("range");
  const asked = { from: utc(from), to: utc(to, true) };
  if (asked.from || asked.to) return asked;
  const days = DAYS[range];
  if (!days) return { from: null, to: null };
  const end = until ? new Date(until).getTime() : Date.now();
  return { from: new Date(end - days * 86_400_000).toISOString(), to: null };
}

/** A day or moment of the URL as a whole moment in UTC; of a day as an end, its end. What is no time is not asked about. */
export function utc(text: string, end = false): string | null {
  const at = new Date(text.length <= 10 ? `${text}T00:00:00Z` : /Z|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  if (!text || Number.isNaN(at.getTime())) return null;
  return new Date(at.getTime() + (end && text.length <= 10 ? 86_400_000 : 0)).toISOString();
}

function dayOf(text: string): string {
  return utc(text) ? text.slice(0, 10) : "";
}

export function TimeRange() {
  const [open, setOpen] = useState(false);
  const from = dayOf(useParam("from"));
  const to = dayOf(useParam("to"));
  const range = useParam("range");
  const own = from !== "" || to !== "";
  return (
    <div className="time-range" role="group" aria-label="Time range">
      {RANGES.map(([value, name]) => (
        <button key={name} type="button" aria-pressed={!own && range === value} onClick={() => changeQuery({ range: value, from: null, to: null }, "push")}>
          {name}
        </button>
      ))}
      {(own || open) && <label>
        <span className="hidden">From day</span>
        <input type="date" value={from} max={to || undefined} onChange={(e) => changeQuery({ from: e.target.value, range: null })} />
      </label>}
      {(own || open) && <label>
        <span className="hidden">Until day</span>
        <input type="date" value={to} min={from || undefined} onChange={(e) => changeQuery({ to: e.target.value, range: null })} />
      </label>}
      {!own && !open && <button type="button" onClick={() => setOpen(true)}>Days…</button>}
    </div>
  );
}
