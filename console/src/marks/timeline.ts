export interface TimePoint {
  t: number;
  /** Where what it speaks of ends; it begins at t. */
  until?: number;
  value: number | null;
  low?: number | null;
  high?: number | null;
  n?: number | null;
}

export interface Series {
  name: string;
  points: readonly TimePoint[];
  tone: "a" | "b" | "c";
  dashed?: boolean;
  /** What holds from t until its end, drawn as it is, with no line between. */
  steps?: boolean;
}

export interface Limit {
  name: string;
  value: number;
}

export interface TimeEvent {
  t: number;
  name: string;
  tone: "good" | "warn" | "bad" | "busy" | "idle";
  href?: string;
}

/** One event, or several that lie so close that they are one mark. */
export interface Gathered {
  at: number;
  events: readonly [TimeEvent, ...TimeEvent[]];
}

export interface TimeSpan {
  from: number;
  to: number;
  name: string;
  tone: "warn" | "bad" | "lag";
}

export function middleOf(point: TimePoint): number {
  return point.until ? (point.t + point.until) / 2 : point.t;
}

/** The point that speaks of a moment, or the one nearest to it. */
export function pointAt(points: readonly TimePoint[], at: number): TimePoint | null {
  let best: TimePoint | null = null;
  let far = Infinity;
  for (const point of points) {
    if (point.until && point.t <= at && at < point.until) return point;
    const away = Math.abs(middleOf(point) - at);
    if (away < far) {
      far = away;
      best = point;
    }
  }
  return best;
}

export function extent(series: readonly Series[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const one of series) {
    for (const point of one.points) {
      low = Math.min(low, point.t);
      high = Math.max(high, point.until ?? point.t);
    }
  }
  return low < high ? [low, high] : [low - 43_200_000, low + 43_200_000];
}
