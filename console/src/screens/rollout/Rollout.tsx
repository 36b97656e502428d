import { useState } from "react";
import { useGet } from "../../api/hooks";
import type { ActionName, Page, Release, Rollout as Rolling } from "../../api/types";
import { StageBar, type StageStep } from "../../marks/StageBar";
import { Async } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { projectPath } from "../../shell/screens";
import { Clock } from "../../shell/Time";
import { Link } from "../../url/Link";
import { ago, clock, counted, day, share } from "../../words/format";
import type { ScreenProps } from "../props";
import { ActDialog } from "./ActDialog";
import { Actions } from "./Actions";
import { Harms } from "./Harms";
import { Outcomes } from "./Outcomes";
import { sentence, spanWords } from "../../words/spoken";

export function Rollout({ project }: ScreenProps) {
  const rollout = useGet<Rolling>(`/projects/${project}/rollout`, 10_000);
  const releases = useGet<Page<Release>>(`/projects/${project}/releases?limit=30`);
  const [asked, setAsked] = useState<ActionName | null>(null);
  return (
    <Async of={rollout}>
      {(now) => (
        <>
          <PageHead title={now.challenger ? `v${now.challenger.number} is being tried` : "Nothing is being tried"} says={says(now)} cli="mw releases" api={`/projects/${project}/rollout`} />
          <div className="columns">
            <div className="w8 stack">
              <section className="panel">
                <header><h2>Stages</h2><p>{counted(now.min_rows, "row")} at least in each; waits {spanWords(now.deadline)} for them</p></header>
                <StageBar steps={steps(now)} />
              </section>
              <Harms now={now} />
              <Beside project={project} now={now} />
            </div>
            <div className="w4 stack">
              <Actions now={now} onAsk={setAsked} />
            </div>
            <div className="w12"><Async of={releases}>{(page) => <Outcomes project={project} releases={page.items} />}</Async></div>
          </div>
          {asked && <ActDialog key={asked} project={project} now={now} name={asked} onClose={() => setAsked(null)} />}
        </>
      )}
    </Async>
  );
}

function says(now: Rolling): string {
  if (!now.live) return "No version is live. Promote one that passed its gates.";
  const live = `v${now.live.number} is live since ${day(now.live_since)}`;
  if (!now.challenger) return `${live}.`;
  const stage = now.release?.share ? `answers ${share(now.release.share, 0)} of the keys` : "answers unseen beside it";
  return `${live}; v${now.challenger.number} ${stage}${now.release?.paused ? ", paused" : ""}.`;
}

function steps(now: Rolling): StageStep[] {
  const names = { shadow: "Shadow", canary: "Canary", live: "Live" };
  return now.stages.map((one) => ({
    name: names[one.stage],
    share: one.stage === "shadow" ? null : one.share,
    state: one.state === "left_out" ? "skipped" : one.state,
    says: stageSays(now, one),
  }));
}

function stageSays(now: Rolling, one: Rolling["stages"][number]): string {
  if (one.state === "left_out") return "left out by the spec";
  if (one.state === "now" && now.release?.paused) return "paused: it stays here until resumed";
  if (one.state === "now" && one.ends_at) return new Date(one.ends_at).getTime() > Date.now() ? `goes on ${ago(one.ends_at)}` : `its time was over ${clock(one.ends_at)}`;
  return { shadow: `answers unseen, each answer logged; ${spanWords(one.lasts)}`, canary: `answers a share of the keys; ${spanWords(one.lasts)}`, live: "answers all" }[one.stage];
}

function Beside({ project, now }: { project: string; now: Rolling }) {
  return (
    <section className="panel">
      <dl className="facts">
        <dt>Live</dt>
        <dd>{now.live ? <Link to={projectPath(project, "versions", `v${now.live.number}`)}>v{now.live.number}</Link> : "none"}{now.live && <span className="sub">{sentence(now.live.summary)}</span>}</dd>
        <dt>Tried</dt>
        <dd>{now.challenger ? <Link to={projectPath(project, "versions", `v${now.challenger.number}`)}>v{now.challenger.number}</Link> : "none"}{now.challenger && <span className="sub">{sentence(now.challenger.summary)}</span>}</dd>
        {now.challenger && <><dt>Looked at</dt><dd>{now.looked_at ? <Clock at={now.looked_at} /> : "not yet: the next look will tell"}</dd></>}
        <dt>Approvals</dt>
        <dd>{now.approvals > 1 ? `${now.approvals} people` : "one person"}</dd>
      </dl>
    </section>
  );
}
