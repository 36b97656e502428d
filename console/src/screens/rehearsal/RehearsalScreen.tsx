import { apiUrl } from "../../api/client";
import { useGet } from "../../api/hooks";
import type { Rehearsal, ReplayStory } from "../../api/types";
import { Forest } from "../../marks/Forest";
import { Lanes, type Lane } from "../../marks/Lanes";
import { Async } from "../../shell/Async";
import { PageHead } from "../../shell/PageHead";
import { State, toneOf } from "../../shell/State";
import { Day } from "../../shell/Time";
import { changeQuery, useParam } from "../../url/location";
import { count, counted, day, duration, metricName, number, share, signed } from "../../words/format";
import { AdviceTable } from "./AdviceTable";
import { Ways } from "./Ways";

export function RehearsalScreen({ project, id }: { project: string; id: string }) {
  const path = `/projects/${project}/rehearsals/${encodeURIComponent(id)}`;
  const rehearsal = useGet<Rehearsal>(path);
  return <Async of={rehearsal} rows={10}>{(data) => <Shown data={data} path={path} id={id} />}</Async>;
}

function Shown({ data, path, id }: { data: Rehearsal; path: string; id: string }) {
  const { story } = data;
  const metrics = Object.keys(story.goals);
  const metric = useParam("metric") || metrics[0] || "";
  const gaps = story.gaps.filter((one) => one.metric === metric);
  const won = data.share;
  return (
    <>
      <PageHead title={id === "rehearsal" ? "Rehearsal" : `Rehearsal ${id}`} says={`${day(story.start)} to ${day(story.end)}: ${counted(story.predictions, "prediction")}, ${count(story.labels)} labels ${story.label_delay} late, looked at every ${story.window}; it took ${duration(story.seconds)}.`} cli="mw rehearse" api={path}>
        <a className="button" href={apiUrl(`${path}/report`)} target="_blank" rel="noreferrer">Report</a>
      </PageHead>
      <div className="tiles">
        {won && <div className="tile"><div className="name">Of what could be won</div><div className="value">{won.closed === null ? "nothing" : share(won.closed, 0)}</div><div className="after">{metricName(won.metric)}: {number(won.never)} never, {number(won.policy)} policy, {number(won.oracle)} at best</div></div>}
        <div className="tile"><div className="name">Retrains</div><div className="value">{count(story.ways.find((one) => one.name === "policy")?.retrains)}</div><div className="after">{counted(story.lives.length, "version")} went live</div></div>
        <div className="tile"><div className="name">Faults put in</div><div className="value">{count(data.faults.length)}</div><div className="after">{counted(data.faults.filter((one) => one.found_at).length, "fault")} found</div></div>
        <div className="tile"><div className="name">Learnt first from</div><div className="value">{count(data.history)}</div><div className="after">rows of history</div></div>
      </div>
      <div className="stack">
        <section className="panel"><Lanes title="What the policy did" summary={`${counted(story.decisions.length, "decision")} and ${counted(story.findings.length, "finding")}.`} lanes={lanes(story)} domain={[time(story.start), time(story.end)]} /></section>
        <div className="list-tools tight"><div className="chips" role="group" aria-label="Metric">{metrics.map((one) => <button key={one} type="button" aria-pressed={one === metric} onClick={() => changeQuery({ metric: one })}>{metricName(one)}</button>)}</div></div>
        <div className="columns">
          <div className="w7"><Ways story={story} metric={metric} /></div>
          <div className="w5 stack">
            <section className="panel"><Forest title="This policy against other ways" summary={`${gaps.filter((one) => (one.difference.low ?? -1) > 0).length} of ${gaps.length} differences are surely in its favour.`} limit={0} limitName="no difference" say={(value) => signed(value)} rows={gaps.map((one) => ({ name: title(story, one.against), text: title(story, one.against), of: one.difference, tone: (one.difference.low ?? 0) > 0 ? "good" : (one.difference.high ?? 0) < 0 ? "bad" : "idle" }))} note="Paired on the same rows, days resampled whole; above zero: the policy was better." /></section>
            <Faults faults={data.faults} />
          </div>
        </div>
        {data.advice.length > 0 && <AdviceTable advice={data.advice} />}
        {[...data.remarks, ...data.changed].map((one) => <p key={one} className="fine">{one}</p>)}
      </div>
    </>
  );
}

export function title(story: ReplayStory, name: string): string {
  return story.ways.find((one) => one.name === name)?.title ?? name;
}

function time(iso: string | null): number {
  return iso ? new Date(iso).getTime() : Date.now();
}

function lanes(story: ReplayStory): Lane[] {
  const end = story.end;
  return [
    { name: "Live", stretches: story.lives.map((one) => ({ from: time(one.start), to: time(one.until ?? end), name: `v${one.version}`, kind: "live" })) },
    { name: "Tried", stretches: story.trials.map((one) => ({ from: time(one.start), to: time(one.until ?? end), name: `v${one.version}`, kind: one.stage === "canary" ? "canary" : "shadow" })) },
    { name: "Broken on purpose", stretches: story.injected.map(([from, to, what]) => ({ from: time(from), to: time(to), name: what, kind: "bad" })) },
    { name: "Decisions", events: story.decisions.map((one) => ({ t: time(one.event_at), name: `${one.action}${one.version ? ` v${one.version}` : ""}: ${one.reason}`, tone: toneOf(one.action) })) },
    { name: "Findings", events: story.findings.map((one) => ({ t: time(one.event_at), name: one.sentence, tone: one.kind === "data_fault" ? "bad" : "warn" })) },
  ];
}

function Faults({ faults }: { faults: Rehearsal["faults"] }) {
  if (faults.length === 0) return null;
  return (
    <section className="panel">
      <header><h2>Faults that were put in</h2></header>
      {faults.map((one) => (
        <div key={one.text} className="entry">
          <span className="when"><Day at={one.start} /></span>
          <div><p><State state={one.found_at ? "found" : "missed"} tone={one.found_at ? "good" : "bad"}>{one.found_at ? `found ${day(one.found_at)}` : "never found"}</State></p><p><code>{one.text}</code></p><p className="soft">{one.sentence}</p><p className="fine">{one.held ? "Everything was held meanwhile." : "Nothing was held."} {one.retrains ? `${counted(one.retrains, "retrain")} learnt from its rows.` : "No retrain learnt from its rows."}</p></div>
        </div>
      ))}
    </section>
  );
}
