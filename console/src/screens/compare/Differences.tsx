import type { Compared } from "../../api/types";
import { said } from "../spec/Changes";
import { counted, shortId } from "../../words/format";
import { short } from "./Compare";

/** Only what differs among all; what is equal is not there. */
export function Differences({ data }: { data: Compared }) {
  return (
    <section className="panel flush">
      <header><h2>What differs</h2><p>{counted(data.equal, "equal setting")} {data.equal === 1 ? "is" : "are"} hidden</p></header>
      {data.differs.length === 0 ? <p className="soft pad">Every setting is the same.</p> : (
        <div className="table-frame" tabIndex={0} role="region" aria-label="Settings that differ">
          <table>
            <thead><tr><th scope="col">Setting</th>{data.sides.map((side) => <th key={side.name} scope="col">{short(side.name)}</th>)}</tr></thead>
            <tbody>{data.differs.map((one) => <tr key={one.setting}><td><code>{one.setting}</code></td>{one.values.map((value, i) => <td key={i} className={i > 0 && said(value) !== said(one.values[0]) ? "differs" : ""}><span title={said(value)}>{shortId(said(value))}</span></td>)}</tr>)}</tbody>
          </table>
        </div>
      )}
    </section>
  );
}
