/** From values to pixels, and the round values that an axis names. */

export type Scale = (value: number) => number;

export function linear([low, high]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  const span = high - low || 1;
  return (value) => start + ((value - low) / span) * (end - start);
}

/** Round values within a range, about so many. */
export function ticks(low: number, high: number, about: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / Math.max(1, about);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const found: number[] = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(Number(value.toPrecision(12)));
  return found;
}

/** 1, 2 and 5 times the powers of ten between two powers of ten; every value where these are fewer than two. */
export function logTicks(low: number, high: number): number[] {
  const found: number[] = [];
  for (let power = Math.floor(low); power <= high; power += 1) for (const digit of [1, 2, 5]) found.push(Number(`${digit}e${power}`));
  const within = found.filter((one) => Math.log10(one) >= low && Math.log10(one) <= high);
  return within.length > 1 ? within : ticks(10 ** low, 10 ** high, 3);
}

const DAY = 86_400_000;
const STEPS = [1, 2, 7, 14];
const HOUR = 3_600_000;
const HOUR_STEPS = [1, 2, 3, 6, 12];
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60];

/** Midnights, Mondays or first days of months, about so many, in UTC. */
export function timeTicks(from: number, to: number, about: number): number[] {
  const rough = (to - from) / Math.max(1, about) / DAY;
  const hours = HOUR_STEPS.find((one) => one >= rough * 24);
  if (rough * 24 < 1) return ticks(from / HOUR, to / HOUR, about).map((hour) => hour * HOUR);
  if (hours) return range(Math.ceil(from / HOUR / hours) * hours, to / HOUR, hours).map((hour) => hour * HOUR);
  const days = STEPS.find((one) => one >= rough);
  if (days) {
    const start = Math.ceil(from / DAY / days) * days;
    return range(start, to / DAY, days).map((day) => day * DAY);
  }
  const months = MONTH_STEPS.find((one) => one * 30.4 >= rough) ?? 120;
  const first = new Date(from);
  const begin = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth() + (first.getUTCDate() > 1 ? 1 : 0)) / months) * months;
  const found: number[] = [];
  for (let month = begin; ; month += months) {
    const at = Date.UTC(Math.floor(month / 12), month % 12, 1);
    if (at > to) return found;
    found.push(at);
  }
}

function range(start: number, end: number, step: number): number[] {
  const found: number[] = [];
  for (let value = start; value <= end; value += step) found.push(value);
  return found;
}

/** A range with some air around it, and these values within. */
export function roomy(values: readonly (number | null | undefined)[], air = 0.08): [number, number] {
  const real = values.filter((one): one is number => typeof one === "number" && Number.isFinite(one));
  if (real.length === 0) return [0, 1];
  let low = Infinity;
  let high = -Infinity;
  for (const one of real) {
    if (one < low) low = one;
    if (one > high) high = one;
  }
  const span = high - low || Math.abs(high) || 1;
  return [low - span * air, high + span * air];
}
