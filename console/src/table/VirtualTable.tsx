import { useEffect, useRef, useState, type ReactNode } from "react";
import { useKeys } from "../shell/keys";
import { navigate } from "../url/location";
import { Head, type Column, type Sorting } from "./Table";
import { slice } from "./slice";

interface VirtualTableProps<T> {
  caption: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T) => string;
  href: (row: T) => string | null;
  selected?: ReadonlySet<string>;
  onSelect?: (keys: string[], on: boolean) => void;
  sorting?: Sorting | undefined;
  /** Called when the end comes near; undefined where all are there. */
  more?: (() => void) | undefined;
  total: number | null;
  foot?: ReactNode;
}

const ROW = 34;

/** Only the rows that can be seen are drawn: ten thousand scroll like ten. */
export function VirtualTable<T>(props: VirtualTableProps<T>) {
  const { caption, rows, columns, rowKey, href, selected, onSelect, more, total } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [at, setAt] = useState(-1);
  const anchor = useRef(-1);
  useEffect(() => {
    const part = frame.current;
    if (!part) return undefined;
    const watcher = new ResizeObserver(() => setHeight(part.clientHeight));
    watcher.observe(part);
    return () => watcher.disconnect();
  }, []);
  const shown = slice(top, height, rows.length, ROW);
  useEffect(() => {
    if (shown.end >= rows.length - 30) more?.();
  }, [shown.end, rows.length, more]);
  const go = (step: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at + step));
    setAt(next);
    const part = frame.current;
    if (!part) return;
    const y = next * ROW;
    if (y < part.scrollTop) part.scrollTop = y;
    else if (y + ROW * 2.2 > part.scrollTop + part.clientHeight) part.scrollTop = y + ROW * 2.2 - part.clientHeight;
  };
  const toggle = (index: number, range: boolean) => {
    const row = rows[index];
    if (!row || !onSelect) return;
    const [first, end] = range && anchor.current >= 0 ? [Math.min(anchor.current, index), Math.max(anchor.current, index)] : [index, index];
    onSelect(rows.slice(first, end + 1).map(rowKey), !selected?.has(rowKey(row)));
    anchor.current = index;
  };
  const open = (row: T | undefined) => {
    const to = row && href(row);
    if (to) navigate(to);
  };
  useKeys({ j: () => go(1), k: () => go(-1), x: () => toggle(at, false), Enter: () => open(rows[at]) });
  return (
    <div ref={frame} className="table-frame tall" tabIndex={0} role="region" aria-label={caption} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
      <table className="fixed" aria-rowcount={(total ?? rows.length) + 1}>
        <caption className="hidden">{caption}</caption>
        <Head columns={columns} sorting={props.sorting} selects={onSelect !== undefined} />
        <tbody>
          {shown.start > 0 && <tr className="spacer" aria-hidden="true" style={{ height: shown.start * ROW }}><td colSpan={columns.length + (onSelect ? 1 : 0)} /></tr>}
          {rows.slice(shown.start, shown.end).map((row, i) => {
            const index = shown.start + i;
            const key = rowKey(row);
            return (
              <tr
                key={key} className="opens" aria-rowindex={index + 2} data-at={index === at || undefined} aria-selected={selected?.has(key)}
                onClick={(event) => { if (!(event.target as HTMLElement).closest("a, button, input, label")) open(row); }}
              >
                {onSelect && (
                  <td className="select">
                    <label>
                      <span className="hidden">Select {key}</span>
                      <input type="checkbox" checked={selected?.has(key) ?? false} onChange={() => undefined} onClick={(event) => toggle(index, event.shiftKey)} />
                    </label>
                  </td>
                )}
                {columns.map((column) => <td key={column.id} className={[column.numeric ? "numeric" : "", column.narrow === false ? "wide-only" : ""].join(" ").trim() || undefined}>{column.cell(row, index)}</td>)}
              </tr>
            );
          })}
          {shown.end < rows.length && <tr className="spacer" aria-hidden="true" style={{ height: (rows.length - shown.end) * ROW }}><td colSpan={columns.length + (onSelect ? 1 : 0)} /></tr>}
        </tbody>
      </table>
    </div>
  );
}
