import { useState } from "react";
import { useGet, withQuery } from "../../api/hooks";
import type { DecisionRow, QualityLine } from "../../api/types";
import { TimeSeries } from "../../marks/TimeSeries";
import type { TimePoint, TimeSpan } from "../../marks/timeline";
import { Async } from "../../shell/Async";
import { decisionsOf, projectPath } from "../../shell/screens";
import { toneOf } from "../../shell/State";
import { changeQuery, useParam } from "../../url/location";
import { count, day, metricName, number } from "../../words/format";
import { STORY_LEFT } from "../../marks/Lanes";
import { Estimate } from "./Estimate";
import { AlertLink } from "./AlertLink";
import { brush } from "./Monitoring";
import type { Time } from "./useTime";
import { Why } from "./Why";

export function QualityPanel({ project, time, decisions }: { project: string; time: Time; decisions: DecisionRow[] }) {
  const metric = useParam("metric");
  const why = useParam("why") !== "";
  const [guess, setGuess] = useState(false);
  const path = withQuery(`/projects/${project}/quality`, { from: time.from, to: time.to, metric });
  const line = useGet<QualityLine>(path);
  return (
    <section className="panel">
      <Async of={line} rows={5}>
        {(data) => (
          <>
            <div className="list-tools tight">
              <div className="chips" role="group" aria-label="Metric">{data.metrics.map((one) => <button key={one} type="button" aria-pressed={one === data.metric} onClick={() => changeQuery({ metric: one })}>{metricName(one)}</button>)}</div>
              <span className="grow" />
              <button type="button" aria-expanded={guess} onClick={() => setGuess(!guess)}>Estimate without labels</button>
              <button type="button" aria-expanded={why} onClick={() => changeQuery({ why: why ? null : "1" })}>Explain this change</button>
            </div>
            {guess && <Estimate project={project} time={time} />}
            {why && <Why project={project} time={time} metric={data.metric ?? ""} />}
            {data.series.points.length === 0 ? <p className="soft">No labels of this time are complete yet, so there is no realised quality. {data.complete_until ? `Labels are complete to ${day(data.complete_until)}.` : "Labels come by POST /v1/labels or mw label."}</p> : <Line project={project} data={data} time={time} decisions={decisions} />}
          </>
        )}
      </Async>
    </section>
  );
}

function Line({ project, data, time, decisions }: { project: string; data: QualityLine; time: Time; decisions: DecisionRow[] }) {
  let version: number | null = null;
  const points: TimePoint[] = data.series.points.flatMap((point) => {
    const found = point.quality?.metrics.find((one) => one.name === data.metric);
    if (!found || !point.quality) return [];
    const { value, low, high, n } = found.interval;
    const gap = version !== null && version !== point.version ? [{ t: new Date(point.quality.window.start).getTime(), value: null }] : [];
    version = point.version;
    return [...gap, { t: new Date(point.quality.window.start).getTime(), until: new Date(point.quality.window.end).getTime(), value, low, high, n }];
  });
  const promisedOf: TimePoint[] = data.series.points.flatMap((point) => {
    const found = point.quality?.promised.find((one) => one.name === data.metric);
    return found && point.quality ? [{ t: new Date(point.quality.window.start).getTime(), until: new Date(point.quality.window.end).getTime(), value: found.interval.value }] : [];
  });
  const promised = data.promised.find((one) => one.name === data.metric);
  const complete = data.complete_until ? new Date(data.complete_until).getTime() : null;
  const spans: TimeSpan[] = complete !== null && complete < time.domain[1] ? [{ from: complete, to: time.domain[1], name: `labels not complete yet: complete to ${day(complete)}`, tone: "lag" }] : [];
  const last = points.at(-1);
  const beside = promised ? `, promised ${number(promised.interval.value)}` : "";
  const realised = last?.n
    ? `${number(last.value)} (${number(last.low)} to ${number(last.high)}) on ${count(last.n)} labelled rows${beside}`
    : `No answer of the live version has all its labels yet${beside}`;
  const summary = `${realised}; ${promised?.goal === "max" ? "more" : "less"} is better. Labels complete to ${day(data.complete_until)}.`;
  return (
    <TimeSeries
      title={metricName(data.metric ?? "Quality")} summary={summary} domain={time.domain} spans={spans} onBrush={brush} height={210} left={STORY_LEFT}
      series={[{ name: "realised", points, tone: "a" }, { name: "promised", points: promisedOf, tone: "b", steps: true }]}
      events={decisions.filter((one) => ["promote", "rollback", "pause", "retrain"].includes(one.decision.action)).map(({ decision: one }) => ({ t: new Date(one.event_at).getTime(), name: `${one.action}${one.version ? ` v${one.version}` : ""}`, tone: toneOf(one.action), href: `${projectPath(project, "log")}?tab=decisions&open=${one.number}` }))}
      closer={(from, to) => decisionsOf(project, from, to)}
      tools={<AlertLink project={project} setting="watch.page" value="0.1" says="Be paged when what was lost is at least this share of what the model is worth" />}
      note={`${count(data.series.shown)} of ${count(data.series.of)} looks; the line breaks where another version went live. Each point is a window at its middle; grey ground: labels not complete. Drag to look closer.`}
    />
  );
}
