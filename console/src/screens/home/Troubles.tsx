import type { ProjectRow, Trouble } from "../../api/types";
import { projectPath } from "../../shell/screens";
import { State, type Tone } from "../../shell/State";
import { copy } from "../../shell/toasts";
import { Link } from "../../url/Link";
import { sentence } from "../../words/spoken";

const TONES: Record<Trouble["level"], Tone> = { broken: "bad", worse: "bad", attention: "warn", waits: "idle" };
const WHERE: Record<string, string> = {
  server: "rollout", quality: "monitoring", cause: "monitoring", finding: "monitoring", alert: "log", decision: "log", spec: "spec", steward: "monitoring", watch: "monitoring",
};

const ABOUT: Record<string, string> = { watch: "not watched" };

export function placeOf(project: string, trouble: Trouble): string {
  if (trouble.about === "decision") return `${projectPath(project, "log")}?tab=decisions&open=${encodeURIComponent(trouble.ref)}`;
  if (trouble.about === "cause") return `${projectPath(project, "monitoring")}?cause=${encodeURIComponent(trouble.ref)}`;
  if (trouble.about === "alert") return `${projectPath(project, "log")}?tab=alerts`;
  return projectPath(project, WHERE[trouble.about] ?? "monitoring");
}

export function Troubles({ rows }: { rows: ProjectRow[] }) {
  const all = rows.flatMap((row) => row.troubles.map((trouble) => ({ row, trouble })));
  const pressing = all.filter((one) => one.trouble.level !== "waits");
  const rest = all.filter((one) => one.trouble.level === "waits");
  return (
    <section className="panel">
      <header><h2>What needs you</h2><p>{pressing.length ? `${pressing.length} open` : "nothing pressing"}</p></header>
      {all.length === 0 && <p className="soft">Nothing was found that needs a person. The last looks are in <b>Monitoring</b>.</p>}
      <ul className="troubles">
        {[...pressing, ...rest].slice(0, 12).map(({ row, trouble }, i) => (
          <li key={i}>
            <State state={trouble.level} tone={TONES[trouble.level]}><span className="hidden">{trouble.level}</span></State>
            <div>
              <Link to={placeOf(row.name, trouble)}>{sentence(trouble.sentence)}</Link>
              <span className="sub">{rows.length > 1 && <>{row.name} · </>}{ABOUT[trouble.about] ?? trouble.about}{trouble.fix && <> · <button type="button" className="copyable" onClick={() => void copy(trouble.fix, "Command")}>{trouble.fix}</button></>}</span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
