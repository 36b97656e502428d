import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";

export interface Twin {
  head: readonly string[];
  rows: readonly (readonly (string | number)[])[];
}

interface FigureProps {
  title: string;
  /** One sentence that says what there is to see. */
  summary: string;
  twin: Twin;
  note?: ReactNode;
  tools?: ReactNode;
  children: (width: number) => ReactNode;
}

/** A chart with its sentence, and its table twin one click away. */
export function Figure({ title, summary, twin, note, tools, children }: FigureProps) {
  const [asTable, setAsTable] = useState(false);
  const [frame, width] = useWidth<HTMLDivElement>();
  return (
    <figure className="figure">
      <div className="figure-head">
        <h2 className="figure-title">{title}</h2>
        <div className="figure-tools">
          {tools}
          <button type="button" className="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>Table</button>
        </div>
      </div>
      <figcaption>{summary}</figcaption>
      <div ref={frame} className="figure-body">{asTable ? <TwinTable title={title} twin={twin} /> : width > 0 && children(width)}</div>
      {note && <p className="fine">{note}</p>}
    </figure>
  );
}

function TwinTable({ title, twin }: { title: string; twin: Twin }) {
  return (
    <div className="table-frame twin" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
      <table>
        <thead>
          <tr>{twin.head.map((one) => <th key={one} scope="col">{one}</th>)}</tr>
        </thead>
        <tbody>
          {twin.rows.slice(0, 500).map((row, i) => (
            <tr key={i}>{row.map((cell, j) => <td key={j} className={j ? "numeric" : undefined}>{cell}</td>)}</tr>
          ))}
        </tbody>
      </table>
      {twin.rows.length > 500 && <p className="fine">500 of {twin.rows.length} rows; the .json twin has all.</p>}
    </div>
  );
}

/** How wide a part is, now and as it changes. */
export function useWidth<E extends HTMLElement>(): [RefObject<E | null>, number] {
  const part = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!part.current) return undefined;
    const watcher = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    watcher.observe(part.current);
    return () => watcher.disconnect();
  }, []);
  return [part, width];
}
