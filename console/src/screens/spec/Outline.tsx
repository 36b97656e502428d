import { said } from "./Changes";

const PARTS = ["data", "split", "search", "evaluate", "gates", "release", "watch", "policy", "retrain"];

/** The spec as it is understood, its defaults filled in. */
export function Outline({ parsed }: { parsed: Record<string, unknown> }) {
  return (
    <details className="panel outline">
      <summary><b>As it is understood, every default filled in</b></summary>
      <div className="outline-parts">
        {PARTS.filter((name) => parsed[name]).map((name) => (
          <section key={name}>
            <h3>{name}</h3>
            {Array.isArray(parsed[name])
              ? <p className="soft">{said(parsed[name]) === "none" ? "better than the baseline, and better than the live model" : said(parsed[name])}</p>
              : <dl className="facts">{Object.entries(parsed[name] as Record<string, unknown>).map(([key, value]) => <div key={key} className="pair"><dt>{key}</dt><dd>{said(value)}</dd></div>)}</dl>}
          </section>
        ))}
      </div>
    </details>
  );
}
