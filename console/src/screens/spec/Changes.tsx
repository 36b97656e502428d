import type { SpecChange } from "../../api/types";
import { number } from "../../words/format";

export function said(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return value.length ? value.map(said).join(", ") : "none";
  if (typeof value === "number") return Number.isInteger(value) ? number(value) : String(Number(value.toPrecision(6)));
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function Changes({ changes }: { changes: SpecChange[] }) {
  if (changes.length === 0) return null;
  return (
    <div>
      <h3>What it changes</h3>
      <ul className="diff">
        {changes.map((one) => <li key={one.setting}><code>{one.setting}</code><span><del>{said(one.before)}</del> <ins>{said(one.after)}</ins></span></li>)}
      </ul>
    </div>
  );
}
