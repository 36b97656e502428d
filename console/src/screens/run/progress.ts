import { duration, number } from "../../words/format";
import { sentence } from "../../words/spoken";

/** A line of progress, as `mw train --json` prints it. */
export interface Progress {
  event: "progress";
  stage: string;
  index: number;
  total: number;
  message: string;
  done: boolean;
  reused: boolean;
  trials: number;
  trials_total: number;
  best: number | null;
  eta: number | null;
  at_most: number | null;
}

export function progressOf(lines: readonly Record<string, unknown>[]): Progress[] {
  return lines.filter((one) => one["event"] === "progress") as unknown as Progress[];
}

/** How far: stage 7 of 10, search; trial 3 of 12. */
export function howFar(now: Progress): string {
  const trials = now.trials_total ? `, trial ${now.trials} of ${now.trials_total}` : now.trials ? `, trial ${now.trials}` : "";
  return `${now.index} of ${now.total}: ${now.stage}${trials}`;
}

/** How long still, as far as that can be said. */
export function stillTakes(now: Progress): string {
  if (now.done) return "done";
  if (now.eta !== null) return `about ${duration(now.eta)} to go`;
  return now.at_most === null ? "" : `${duration(now.at_most)} left at most`;
}

/** The last things that it said, the newest last, each once. */
export function tail(lines: readonly Progress[], most: number): string[] {
  const said = lines.map((one) => `${one.done ? (one.reused ? "=" : "+") : "·"} ${one.stage}: ${sentence(one.message)}${one.best === null ? "" : `, best ${number(one.best)}`}`);
  return said.filter((one, i) => one !== said[i - 1]).slice(-most);
}
