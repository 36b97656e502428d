import type { Version } from "../../api/types";
import { count } from "../../words/format";
import { blocks, type Block } from "./markdown";

/** The model card: its few Markdown forms, as text. Nothing in it is taken for HTML. */
export function Card({ text, of }: { text: string; of: Version }) {
  return (
    <section className="panel">
      <header><h2>Model card</h2><p>version {count(of.number)} of project {of.project}, as it was signed</p></header>
      <div className="prose">{blocks(text).map((block, i) => <Shown key={i} block={block} />)}</div>
    </section>
  );
}

function Shown({ block }: { block: Block }) {
  if (block.kind === "head") return block.level <= 1 ? null : <h3>{block.text}</h3>;
  if (block.kind === "list") return <ul>{block.items.map((one, i) => <li key={i}>{one}</li>)}</ul>;
  if (block.kind === "table") {
    return <div className="table-frame twin" tabIndex={0} role="region" aria-label="Table of the card"><table><thead><tr>{block.head.map((one, i) => <th key={i} scope="col">{one}</th>)}</tr></thead><tbody>{block.rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j}>{cell}</td>)}</tr>)}</tbody></table></div>;
  }
  return <p>{block.text}</p>;
}
