import { useState } from "react";
import type { Leaderboard, Standing } from "../../api/types";
import { IntervalMark } from "../../marks/IntervalMark";
import { roomy } from "../../marks/scale";
import { State } from "../../shell/State";
import { Table, type Column } from "../../table/Table";
import { counted, duration, metricName, number, share, size } from "../../words/format";

/** Everything that was tried, the best first. */
export function Trials({ search }: { search: Leaderboard }) {
  const [open, setOpen] = useState<number | null>(null);
  const begun = search.standings.filter((one) => one.folds || one.seconds || one.state === "failed");
  const domain = roomy(begun.flatMap((one) => [one.score, ...one.fold_scores]), 0.05);
  const columns: Column<Standing>[] = [
    { id: "place", head: <span className="hidden">Place</span>, numeric: true, width: "36px", cell: (one) => <span className="faint">{one.place}</span> },
    { id: "config", head: "Configuration", width: "38%", cell: (one) => <><button type="button" className="row-button" aria-expanded={open === one.number} onClick={() => setOpen(open === one.number ? null : one.number)}><Config name={one.config} /></button>{open === one.number && <Params of={one} />}</> },
    { id: "state", head: "State", cell: (one) => <State state={one.state} /> },
    { id: "score", head: `${metricName(search.metric)}, with its folds`, cell: (one) => <Folds of={one} domain={domain} /> },
    { id: "folds", head: "Folds", numeric: true, narrow: false, cell: (one) => `${one.folds}/${search.folds}` },
    { id: "row", head: "µs a row", numeric: true, narrow: false, cell: (one) => number(one.row_us, 3) },
    { id: "size", head: "Size", numeric: true, narrow: false, cell: (one) => size(one.size) },
    { id: "took", head: "Took", numeric: true, cell: (one) => duration(one.seconds) },
  ];
  return (
    <section className="panel flush">
      <header><h2>Trials</h2><p>{counted(begun.length, "configuration")} in {duration(search.seconds)} of fitting{begun.length < search.standings.length && `; ${search.standings.length - begun.length} had no turn`}</p></header>
      <Table main caption="Configurations tried, the best first" rows={begun} columns={columns} rowKey={(one) => `${one.number} ${one.config}`} />
    </section>
  );
}

/** An ensemble by how many it is, its members beneath it on a line. */
function Config({ name }: { name: string }) {
  const [, ensemble, members] = /^(ensemble of \d+): (.*)$/s.exec(name) ?? [];
  if (!ensemble) return <>{name}</>;
  return <span title={name}>{ensemble}<span className="members two-lines">{members}</span></span>;
}

function Folds({ of, domain }: { of: Standing; domain: [number, number] }) {
  if (of.score === null) return <span className="none" title={of.reason}>{of.reason || "–"}</span>;
  const low = Math.min(...of.fold_scores);
  const high = Math.max(...of.fold_scores);
  return <span className="line-up tight"><IntervalMark of={{ value: of.score, low, high }} domain={domain} width={80} tone={of.state === "chosen" || of.weight ? "" : "idle"} says={`${number(of.score)}, folds ${number(low)} to ${number(high)}`} /><b className="num">{number(of.score)}</b></span>;
}

function Params({ of }: { of: Standing }) {
  return (
    <dl className="facts params">
      {Object.entries(of.params ?? {}).map(([name, value]) => <div key={name} className="pair"><dt>{name}</dt><dd>{String(value)}</dd></div>)}
      {of.train_score != null && <div className="pair"><dt>on the rows it was fitted to</dt><dd>{number(of.train_score)}</dd></div>}
      {of.weight != null && <div className="pair"><dt>weight</dt><dd>{share(of.weight)}</dd></div>}
      {of.reason && <div className="pair"><dt>why no further</dt><dd>{of.reason}</dd></div>}
    </dl>
  );
}
