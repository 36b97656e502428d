/** Many things that happened at nearly the same time: side by side while that can be read, else one mark that says how many. */
import { day } from "../words/format";
import type { Gathered, TimeEvent } from "./timeline";

interface Room {
  /** Pixels between two marks. */
  apart: number;
  /** So many of one time stand side by side. */
  beside: number;
  /** No mark lies beyond it. */
  end: number;
}

const WORST = ["bad", "warn", "busy", "good", "idle"] as const;

/** Each mark with its place, from left to right: none on another, and none far from its time. */
export function gathered(events: readonly TimeEvent[], place: (t: number) => number, { apart, beside, end }: Room): Gathered[] {
  const marks: Gathered[] = [];
  for (const { at, events: close } of closeOnes(events, place, apart)) {
    const alone: Gathered["events"][] = close.length > beside ? [close] : close.map((one) => [one]);
    for (const one of alone) put(marks, one, at, { apart, beside, end });
  }
  return marks;
}

function put(marks: Gathered[], events: Gathered["events"], wanted: number, { apart, beside, end }: Room): void {
  const last = marks.at(-1);
  const at = last ? Math.max(wanted, last.at + apart * (last.events.length > 1 ? 2 : 1)) : wanted;
  if (last && (at > end || at - wanted > apart * (beside - 1) + apart / 2)) marks[marks.length - 1] = { at: last.at, events: [...last.events, ...events] };
  else marks.push({ at: Math.min(at, end), events });
}

function closeOnes(events: readonly TimeEvent[], place: (t: number) => number, apart: number): Gathered[] {
  const groups: { at: number; events: [TimeEvent, ...TimeEvent[]] }[] = [];
  for (const one of [...events].sort((a, b) => a.t - b.t)) {
    const at = place(one.t);
    const last = groups.at(-1);
    if (last && at - last.at < apart) last.events.push(one);
    else groups.push({ at, events: [one] });
  }
  return groups;
}

export function worstTone(events: Gathered["events"]): TimeEvent["tone"] {
  return WORST.find((tone) => events.some((one) => one.tone === tone)) ?? "idle";
}

/** What a mark says where one points at it: of many, their time and the first of them. */
export function gatheredSays(events: Gathered["events"], most = 5): string {
  const [first] = events;
  const last = events.at(-1) ?? first;
  if (events.length === 1) return `${day(first.t)}: ${first.name}`;
  const until = day(last.t) === day(first.t) ? "" : ` to ${day(last.t)}`;
  const more = events.length > most ? [`and ${events.length - most} more`] : [];
  return [`${events.length} from ${day(first.t)}${until}`, ...events.slice(0, most).map((one) => one.name), ...more].join("\n");
}

/** Where a mark leads: of many, to their time; where they are all of one moment, to the worst of them. */
export function leadsTo(events: Gathered["events"], closer: ((from: number, to: number) => string) | undefined): string | undefined {
  const HOUR = 3_600_000;
  const [first] = events;
  const apart = (events.at(-1) ?? first).t - first.t;
  const worst = events.find((one) => one.tone === worstTone(events)) ?? first;
  if (events.length === 1 || apart < HOUR) return worst.href;
  return closer?.(...spanOf(events));
}

/** A time around them that can be looked at by itself. */
export function spanOf(events: Gathered["events"]): [number, number] {
  const HALF_A_DAY = 43_200_000;
  return [events[0].t - HALF_A_DAY, (events.at(-1) ?? events[0]).t + HALF_A_DAY];
}
