import { useGet, withQuery } from "../../api/hooks";
import type { Latency, Volume } from "../../api/types";
import { TimeSeries } from "../../marks/TimeSeries";
import { Async } from "../../shell/Async";
import { count, counted, duration, milliseconds, number, share } from "../../words/format";
import { AlertLink, limitFrom } from "./AlertLink";
import { brush } from "./Monitoring";
import type { Time } from "./useTime";

export function Serving({ project, time }: { project: string; time: Time }) {
  const asked = { from: time.from, to: time.to };
  const volume = useGet<Volume>(withQuery(`/projects/${project}/volume`, asked));
  const latency = useGet<Latency>(withQuery(`/projects/${project}/latency`, asked));
  return (
    <div className="columns">
      <section className="panel w6"><Async of={volume} rows={4}>{(data) => <VolumeLine project={project} data={data} time={time} />}</Async></section>
      <section className="panel w6"><Async of={latency} rows={4}>{(data) => <LatencyLine project={project} data={data} time={time} />}</Async></section>
    </div>
  );
}

function VolumeLine({ project, data, time }: { project: string; data: Volume; time: Time }) {
  const at = (iso: string) => new Date(iso).getTime();
  const of = (name: "answered" | "canary" | "shadow") => data.series.points.map((one) => ({ t: at(one.start), until: at(one.start) + data.step_s * 1000, value: one[name] }));
  const series = [{ name: "answered", points: of("answered"), tone: "a" as const }];
  const extra = (["canary", "shadow"] as const).filter((name) => data.series.points.some((one) => one[name] > 0)).map((name, i) => ({ name, points: of(name), tone: i ? "b" as const : "c" as const }));
  return <TimeSeries title="Predictions" summary={`${counted(data.total, "prediction")}, in stretches of ${duration(data.step_s)}.`} series={[...series, ...extra]} domain={time.domain} say={(value) => count(value)} tools={<AlertLink project={project} setting="watch.no_data" value="1d" says="Be told when nobody asks for so long" />} onBrush={brush} zero height={150} note={`${count(data.series.shown)} of ${count(data.series.of)} stretches`} />;
}

function LatencyLine({ project, data, time }: { project: string; data: Latency; time: Time }) {
  const points = data.series.points.map((one) => ({ t: new Date(one.start).getTime(), until: new Date(one.end).getTime(), value: one.p99_ms, n: one.requests }));
  const failed = data.series.points.reduce((sum, one) => sum + one.failed, 0);
  const requests = data.series.points.reduce((sum, one) => sum + one.requests, 0);
  const lately = data.lately ? ` Now: p99 ${milliseconds(data.lately.p99_ms)}, ${number(data.lately.per_second, 3)} a second.` : "";
  if (points.every((one) => one.value === null)) return <><h3>Answer times</h3><p className="soft">No answer times were noted in this time.{lately}</p></>;
  return <TimeSeries title="Answer times, p99" summary={`${count(failed)} of ${counted(requests, "request")} failed by the server's fault (${share(requests ? failed / requests : 0, 2)}).${lately}`} series={[{ name: "p99", points, tone: "a" }]} limits={data.limit_ms ? [{ name: `limit ${milliseconds(data.limit_ms)}`, value: data.limit_ms }] : []} domain={time.domain} say={(value) => milliseconds(value)} tools={<AlertLink project={project} setting="watch.latency_ms" value={limitFrom(points.map((one) => one.value))} says="Be told when the 99th percentile is above a limit" />} onBrush={brush} zero height={150} note={`${count(data.series.shown)} of ${count(data.series.of)} looks`} />;
}
