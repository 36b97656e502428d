import type { Leaderboard } from "../../api/types";

export interface Step {
  at: number;
  score: number;
  config: string;
}

export interface Course {
  steps: Step[];
  end: number;
  /** Whether `at` is seconds of search; else it counts trials, in the order they were taken up. */
  timed: boolean;
}

/** How the best score got better: over the seconds of the search where it was noted when each trial was done, else trial by trial. */
export function courseOf(search: Leaderboard): Course {
  const judged = search.standings.filter((one) => one.score !== null && one.folds >= search.full);
  const noted = search.best_so_far;
  if (noted.length > 1 || judged.length < 3) return { steps: noted, end: Math.max(search.seconds, noted.at(-1)?.at ?? 0, 0.001), timed: true };
  const steps: Step[] = [];
  const inOrder = [...judged].sort((a, b) => a.number - b.number);
  for (const [i, one] of inOrder.entries()) {
    const score = one.score ?? 0;
    const best = steps.at(-1)?.score;
    if (best === undefined || (search.goal === "max" ? score > best : score < best)) steps.push({ at: i + 1, score, config: one.config });
  }
  return { steps, end: inOrder.length, timed: false };
}
