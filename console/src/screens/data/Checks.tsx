import type { Check } from "../../api/types";
import { State } from "../../shell/State";
import { counted } from "../../words/format";

const ORDER = { stop: 0, warning: 1, note: 2 };

export function Checks({ checks }: { checks: Check[] }) {
  const sorted = [...checks].sort((a, b) => Number(a.acknowledged) - Number(b.acknowledged) || ORDER[a.severity] - ORDER[b.severity]);
  return (
    <section className="panel">
      <header><h2>Checks</h2><p>leaks, duplicates, conflicts, quality: {counted(checks.length, "finding")}</p></header>
      {sorted.length === 0 && <p className="soft">Nothing was found.</p>}
      <ul className="gates">
        {sorted.map((one) => (
          <li key={one.code} className="two">
            <State state={one.acknowledged ? "accepted" : one.severity} />
            <div><b className="wrap">{one.message}</b>{one.fix && <span className="sub">{one.fix}</span>}<span className="sub"><code>{one.code}</code></span></div>
          </li>
        ))}
      </ul>
    </section>
  );
}
