import { memo, startTransition, useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
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
/** Rows are drawn anew only once so much was scrolled; a few beyond what is seen are there already. */
const STEP = 4 * ROW;

interface Acts {
  toggle: (index: number, range: boolean) => void;
  openAt: (index: number) => void;
}

/** Only the rows that can be seen are drawn, and scrolling does not wait for them: ten thousand scroll like ten. */
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
  const acts = useRef<Acts>({ toggle, openAt: () => undefined });
  acts.current = { toggle, openAt: (index) => open(rows[index]) };
  useKeys({ j: () => go(1), k: () => go(-1), x: () => toggle(at, false), Enter: () => open(rows[at]) });
  return (
    <div ref={frame} className="table-frame tall" tabIndex={0} role="region" aria-label={caption} onScroll={(event) => { const next = Math.floor(event.currentTarget.scrollTop / STEP) * STEP; startTransition(() => setTop(next)); }}>
      <table className="fixed" aria-rowcount={(total ?? rows.length) + 1}>
        <caption className="hidden">{caption}</caption>
        <Head columns={columns} sorting={props.sorting} selects={onSelect !== undefined} />
        <tbody>
          {shown.start > 0 && <tr className="spacer" aria-hidden="true" style={{ height: shown.start * ROW }}><td colSpan={columns.length + (onSelect ? 1 : 0)} /></tr>}
          {rows.slice(shown.start, shown.end).map((row, i) => {
            const key = rowKey(row);
            const index = shown.start + i;
            return <Row key={key} id={key} row={row} index={index} columns={columns} at={index === at} selected={onSelect ? (selected?.has(key) ?? false) : null} acts={acts} />;
          })}
          {shown.end < rows.length && <tr className="spacer" aria-hidden="true" style={{ height: (rows.length - shown.end) * ROW }}><td colSpan={columns.length + (onSelect ? 1 : 0)} /></tr>}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps<T> {
  id: string;
  row: T;
  index: number;
  columns: readonly Column<T>[];
  at: boolean;
  /** null: rows of this table are not selected. */
  selected: boolean | null;
  acts: RefObject<Acts>;
}

function DrawnRow<T>({ id, row, index, columns, at, selected, acts }: RowProps<T>) {
  return (
    <tr
      className="opens" aria-rowindex={index + 2} data-at={at || undefined} aria-selected={selected ?? undefined}
      onClick={(event) => { if (!(event.target as HTMLElement).closest("a, button, input, label")) acts.current.openAt(index); }}
    >
      {selected !== null && (
        <td className="select">
          <label>
            <span className="hidden">Select {id}</span>
            <input type="checkbox" checked={selected} onChange={() => undefined} onClick={(event) => acts.current.toggle(index, event.shiftKey)} />
          </label>
        </td>
      )}
      {columns.map((column) => <td key={column.id} className={[column.numeric ? "numeric" : "", column.narrow === false ? "wide-only" : ""].join(" ").trim() || undefined}>{column.cell(row, index)}</td>)}
    </tr>
  );
}

/** Drawn anew only where something of it changed: scrolling draws the rows that come. */
const Row = memo(DrawnRow) as typeof DrawnRow;
