import { share } from "../words/format";

export interface StageStep {
  name: string;
  share: number | null;
  state: "done" | "now" | "next" | "skipped";
  says?: string;
}

/** The way from shadow to all of the traffic, and how far it has come. */
export function StageBar({ steps }: { steps: readonly StageStep[] }) {
  return (
    <ol className="stage-bar" aria-label="Stages">
      {steps.map((one) => (
        <li key={one.name} className={one.state} aria-current={one.state === "now" ? "step" : undefined}>
          <span className="stage-dot" aria-hidden="true">{one.state === "done" ? "✓" : one.state === "now" ? "●" : ""}</span>
          <span className="stage-name">{one.name}</span>
          <span className="stage-share">{one.share === null ? "unseen" : share(one.share, 0)}</span>
          {one.says && <span className="stage-says">{one.says}</span>}
        </li>
      ))}
    </ol>
  );
}
