/** A state as a word with a shape of its own: colour is never alone. */
export type Tone = "good" | "warn" | "bad" | "busy" | "idle";

const SHAPES: Record<Tone, string> = { good: "●", warn: "▲", bad: "■", busy: "◐", idle: "○" };

const TONES: Record<string, Tone> = {
  passed: "good", finished: "good", ok: "good", healthy: "good", live: "good", active: "good", done: "good", chosen: "good", promote: "good",
  member: "good", acknowledged: "good", sent: "good", verified: "good",
  inconclusive: "warn", warning: "warn", warn: "warn", alarm: "warn", paused: "warn", hold: "warn", pause: "warn", waiting: "warn",
  refused: "warn", interrupted: "warn", out_of_time: "warn", degraded: "warn", refuse: "warn", open: "warn",
  failed: "bad", stop: "bad", page: "bad", broken: "bad", bad: "bad", revoked: "bad", abort: "bad", rollback: "bad", error: "bad",
  running: "busy", canary: "busy", shadow: "busy", retrain: "busy", rolling: "busy",
};

export function toneOf(state: string): Tone {
  return TONES[state] ?? "idle";
}

export function State({ state, tone = toneOf(state), children }: { state: string; tone?: Tone; children?: React.ReactNode }) {
  return (
    <span className={`state ${tone}`}>
      <span aria-hidden="true" className="shape">{SHAPES[tone]}</span>
      {children ?? state.replace(/_/g, " ")}
    </span>
  );
}
