/** Numbers, times and durations as people read them. Everything shown goes through here, so that it is the same everywhere. */

const DASH = "–";

/** So many significant figures that two neighbours can be told apart: 0.5610, 12.3, 1,234. */
export function number(value: number | null | undefined, figures = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 10_000) return count(value);
  if (Number.isInteger(value)) return minus(String(value));
  if (size < 1e-4) return value.toExponential(1).replace(/-/g, "−");
  if (size >= 1000) return minus(String(Math.round(value)));
  const digits = Math.max(0, Math.min(6, figures - 1 - Math.floor(Math.log10(size))));
  return minus(value.toFixed(Math.min(digits, 5)));
}

/** As an axis says it: without zeros at its end. */
export function tick(text: string): string {
  return text.replace(/(\.\d*?)0+(?!\d)/, "$1").replace(/\.(?!\d)/, "");
}

/** A difference carries its sign. */
export function signed(value: number | null | undefined, figures = 3): string {
  if (value === null || value === undefined) return DASH;
  return (value > 0 ? "+" : "") + number(value, figures);
}

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  return minus(WHOLE.format(Math.round(value)));
}

export function share(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined) return DASH;
  const hundred = value * 100;
  const least = digits === 0 ? 0.5 : 0.005;
  if (hundred !== 0 && Math.abs(hundred) < least) return hundred > 0 ? `< ${digits === 0 ? "1" : "0.01"} %` : `> −${digits === 0 ? "1" : "0.01"} %`;
  return `${minus(hundred.toFixed(digits > 0 && hundred !== 0 && Math.abs(hundred) < 0.1 ? 2 : digits))} %`;
}

export function counted(value: number, what: string): string {
  return `${count(value)} ${what}${value === 1 ? "" : "s"}`;
}

function minus(text: string): string {
  return text.replace("-", "−");
}

export function size(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return DASH;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let left = bytes;
  let unit = 0;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit += 1;
  }
  return `${left >= 100 || unit === 0 ? left.toFixed(0) : left.toFixed(1)} ${units[unit]}`;
}

export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return DASH;
  if (value === 0) return "0 ms";
  if (value < 1) return `${number(value * 1000, 3)} µs`;
  return `${number(value, 3)} ms`;
}

/** 4 s, 12 min, 3 h 20 min, 28 d. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return DASH;
  if (seconds < 1) return seconds === 0 ? "0 s" : "< 1 s";
  if (seconds < 90) return `${seconds < 10 ? number(seconds, 2) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 && hours < 10 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.round(hours / 24)} d`;
}

/** How long something took; of what ran on a clock that stands still, as a replay does, nothing is known. */
export function took(seconds: number | null | undefined): string {
  return seconds === 0 ? DASH : duration(seconds);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** 12 Sep 2013, in UTC like everything here. */
export function day(iso: string | number | null | undefined): string {
  const at = moment(iso);
  return at ? `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}` : DASH;
}

export function shortDay(iso: string | number | null | undefined): string {
  const at = moment(iso);
  return at ? `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}` : DASH;
}

/** A moment on an axis over so long: its hour where days would say the same, its year where months would. */
export function axisTime(at: number, span: number): string {
  const hour = new Date(at).toISOString().slice(11, 16);
  if (span < 20 * 86_400_000 && hour !== "00:00") return hour;
  return span > 500 * 86_400_000 ? day(at).slice(-8) : shortDay(at);
}

export function clock(iso: string | number | null | undefined): string {
  const at = moment(iso);
  if (!at) return DASH;
  return `${day(iso)}, ${at.toISOString().slice(11, 16)} UTC`;
}

export function moment(iso: string | number | null | undefined): Date | null {
  if (iso === null || iso === undefined || iso === "") return null;
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** 3 minutes ago; in 2 days. */
export function ago(iso: string | number | null | undefined, now: number = Date.now()): string {
  const at = moment(iso);
  if (!at) return DASH;
  const seconds = Math.round((now - at.getTime()) / 1000);
  const [value, unit] = largest(Math.abs(seconds));
  if (value === 0) return "just now";
  const words = `${value} ${unit}${value === 1 ? "" : "s"}`;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}

function largest(seconds: number): [number, string] {
  if (seconds < 5) return [0, "second"];
  const steps: [number, string][] = [
    [60, "second"], [60, "minute"], [24, "hour"], [30.44, "day"], [12, "month"], [Infinity, "year"],
  ];
  let left = seconds;
  for (const [next, unit] of steps) {
    if (left < next || next === Infinity) return [Math.max(1, Math.floor(left)), unit];
    left /= next;
  }
  return [0, "second"];
}

/** The end matters most in long names: keep both ends. */
export function middle(text: string, most: number): string {
  if (text.length <= most) return text;
  const tail = Math.ceil((most - 1) * 0.6);
  return `${text.slice(0, most - 1 - tail)}…${text.slice(-tail)}`;
}

const FAMILY = 8;
const WORTH = 9;
const LEFT = 14;

/** How to write the long names of one list so that they can be told apart: what those that begin alike have in common, at their
 * beginning and at their end, is cut down to a few letters. */
export function toldApart(names: readonly string[], most = 26): (name: string) => string {
  const families = new Map<string, string[]>();
  for (const name of names) if (name.length > most) families.set(name.slice(0, FAMILY), [...(families.get(name.slice(0, FAMILY)) ?? []), name]);
  const cuts = new Map([...families].filter(([, all]) => all.length > 1).map(([begins, all]) => [begins, [common(all, (one, i) => one[i]), common(all, (one, i) => one[one.length - 1 - i])] as const]));
  return (name) => {
    const [head, tail] = (name.length > most && cuts.get(name.slice(0, FAMILY))) || [0, 0];
    const end = name.length - tail;
    if (head >= end) return name;
    return `${head > WORTH ? `${name.slice(0, 3)}…` : name.slice(0, head)}${name.slice(head, end)}${tail > WORTH ? "…" : name.slice(end)}`;
  };
}

/** How many letters all of them have in common, as `at` counts. */
function common(names: readonly string[], at: (name: string, i: number) => string | undefined): number {
  const [first = "", ...others] = names;
  const most = Math.min(...names.map((one) => one.length)) - LEFT;
  let length = 0;
  while (length < most && others.every((one) => at(one, length) === at(first, length))) length += 1;
  return length;
}

export function shortId(id: string): string {
  return /^[0-9a-f]{40,}$/.test(id) ? id.slice(0, 10) : middle(id, 22);
}

const METRICS: Record<string, string> = {
  roc_auc: "AUC", log_loss: "Log loss", brier: "Brier score", average_precision: "Average precision", accuracy: "Accuracy",
  f1: "F1", rmse: "RMSE", mae: "MAE", r2: "R²", rmsle: "RMSLE", calibration_error: "Calibration error",
};

export function metricName(name: string): string {
  return METRICS[name] ?? plain(name);
}

/** log_loss → Log loss */
export function plain(name: string): string {
  const words = name.replace(/_/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
