import type { Verdict } from "../../api/types";
import { IntervalMark } from "../../marks/IntervalMark";
import { roomy } from "../../marks/scale";
import { State } from "../../shell/State";
import { counted } from "../../words/format";
import { spoken } from "../../words/spoken";

/** Each gate with its evidence, as it was judged. */
export function Gates({ verdict }: { verdict: Verdict }) {
  const passed = verdict.gates.filter((one) => one.state === "passed").length;
  return (
    <section className="panel">
      <header><h2>Gates</h2><p>{passed} of {counted(verdict.gates.length, "gate")} passed</p></header>
      <ul className="gates">
        {verdict.gates.map((gate) => (
          <li key={gate.gate}>
            <State state={gate.state} />
            <div>
              <b>{spoken(gate.gate)}</b>
              <span className="sub">{gate.evidence}</span>
            </div>
            {gate.interval && <IntervalMark of={gate.interval} domain={roomy([gate.interval.low, gate.interval.high, 0], 0.12)} limit={0} width={150} height={22} tone={gate.state === "passed" ? "good" : gate.state === "failed" ? "bad" : "warn"} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
