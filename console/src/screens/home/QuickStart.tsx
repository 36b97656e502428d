import type { ProjectRow } from "../../api/types";
import { State } from "../../shell/State";

/** Nothing was trained yet: the way to a live model, with what is done already. */
export function QuickStart({ rows }: { rows: ProjectRow[] }) {
  const row = rows[0];
  const status = row?.status;
  const steps: [string, string, boolean][] = [
    ["A spec that says what to predict", "mw init --from trips.parquet --target late", row !== undefined && !row.spec_fault],
    ["A judged, signed version", "mw train", !!status?.newest_version],
    ["Live, watched, and acted on as the policy allows", "mw promote v1 && mw up", !!status?.live],
  ];
  return (
    <section className="empty">
      <h2>Two commands from here to a live model</h2>
      <ol className="steps">
        {steps.map(([what, command, done]) => (
          <li key={command}>
            <State state={done ? "done" : "next"} tone={done ? "good" : "idle"}>{what}</State>
            <pre>{command}</pre>
          </li>
        ))}
      </ol>
    </section>
  );
}
