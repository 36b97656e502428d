import type { DecisionRow, Finding, Release } from "../../api/types";
import { Lanes, type Lane } from "../../marks/Lanes";
import type { TimeEvent } from "../../marks/timeline";
import { decisionsOf, projectPath, spanQuery } from "../../shell/screens";
import { toneOf } from "../../shell/State";
import { counted } from "../../words/format";
import { lives } from "../rollout/lives";
import { spoken } from "../../words/spoken";

interface StoryProps {
  project: string;
  domain: [number, number];
  releases: Release[];
  decisions: DecisionRow[];
  findings: Finding[];
}

/** What was live, what was decided and what was found, over the same time as all below. */
export function Story({ project, domain, releases, decisions, findings }: StoryProps) {
  const log = projectPath(project, "log");
  const decided: TimeEvent[] = decisions.map(({ decision: one }) => ({
    t: new Date(one.event_at).getTime(), name: `${one.action}${one.version ? ` v${one.version}` : ""}: ${spoken(one.reason)}`, tone: toneOf(one.action), href: `${log}?tab=decisions&open=${one.number}`,
  }));
  const found: TimeEvent[] = findings.map((one) => ({ t: new Date(one.event_at).getTime(), name: spoken(one.sentence), tone: one.kind === "data_fault" || one.loss?.page ? "bad" : "warn", href: `${projectPath(project, "monitoring")}?finding=${one.id}` }));
  const lanes: Lane[] = [...lives(project, releases, domain[1]).lanes, { name: "Decisions", events: decided, closer: (from, to) => decisionsOf(project, from, to) }, { name: "Findings", events: found, closer: (from, to) => `${projectPath(project, "monitoring")}?${spanQuery(from, to)}` }];
  return (
    <section className="panel">
      <Lanes title="What happened" summary={`${counted(decisions.length, "decision")} and ${counted(findings.length, "finding")} in this time.`} lanes={lanes} domain={domain} />
    </section>
  );
}
