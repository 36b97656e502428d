import type { PlanReport } from "../../api/types";
import { State } from "../../shell/State";

export function Plan({ plan }: { plan: PlanReport }) {
  return (
    <section className="panel">
      <header><h2>What a run would do</h2><p>{plan.total}</p></header>
      <ul className="plan">
        {plan.steps.map((one) => (
          <li key={one.name}>
            <State state={one.action} tone={one.action === "run" ? "busy" : "good"}>{one.action}</State>
            <div><b>{one.name}</b> <span className="faint">{one.seconds}</span><span className="sub">{one.why}</span></div>
          </li>
        ))}
      </ul>
      {plan.settings && <p className="fine">{plan.settings}</p>}
    </section>
  );
}
