import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { utc, type Span } from "../../shell/TimeRange";
import { Link } from "../../url/Link";
import { useParam, usePlace } from "../../url/location";
import { logCommand } from "../../words/command";
import { useTime } from "../monitoring/useTime";
import type { ScreenProps } from "../props";
import { Alerts } from "./Alerts";
import { Audit } from "./Audit";
import { Decisions } from "./Decisions";
import { Prediction } from "./Prediction";
import { Predictions } from "./Predictions";

const TABS: [string, string, string, string][] = [
  ["predictions", "Predictions", "mw log predictions", "log/predictions"],
  ["decisions", "Decisions", "mw decisions", "decisions"],
  ["alerts", "Alerts", "mw alerts", "alerts"],
  ["audit", "Audit", "mw audit", "audit"],
];

function commandOf(tab: string, usual: string, query: URLSearchParams, from: string): string {
  if (tab === "predictions") return logCommand(Object.fromEntries(query), from);
  const open = query.get("open");
  return tab === "decisions" && open && /^\d+$/.test(open) ? `mw explain-decision ${open}` : usual;
}

const RANGE = ["range", "from", "to"];
/** Whether the address names a time that is one. */
function hasTime(query: URLSearchParams): boolean {
  return RANGE.some((name) => name === "range" ? query.has(name) : utc(query.get(name) ?? "") !== null);
}

const ALL: Span = { from: null, to: null };

export function Log({ project, rest }: ScreenProps) {
  const asked = useParam("tab", "predictions");
  const tab = TABS.some(([name]) => name === asked) ? asked : "predictions";
  const [id] = rest;
  const { query } = usePlace();
  const time = useTime(project);
  const span = hasTime(query) ? (time.ready ? { from: time.from, to: time.to } : null) : ALL;
  if (id) return <Prediction project={project} id={id} />;
  const [, , cli, api] = TABS.find(([name]) => name === tab) ?? TABS[0] ?? ["", "", "", ""];
  return (
    <>
      <PageHead title="Log and audit" says="Every answer, every decision, and who did what." cli={commandOf(tab, cli, query, time.from)} api={`/projects/${project}/${api}`} />
      <nav className="tabs" aria-label="Parts of the log">
        {TABS.map(([name, title]) => <Link key={name} to={`${projectPath(project, "log")}?tab=${name}`} aria-current={tab === name ? "page" : undefined}>{title}</Link>)}
      </nav>
      {tab === "predictions" && <Predictions project={project} />}
      {span && tab === "decisions" && <Decisions project={project} span={span} />}
      {span && tab === "alerts" && <Alerts project={project} span={span} />}
      {span && tab === "audit" && <Audit project={project} span={span} />}
    </>
  );
}
