import { useEffect, useRef, useState, type ReactNode } from "react";
import { useKeys } from "../shell/keys";
import { navigate } from "../url/location";
import { nextSort } from "./sort";

export interface Column<T> {
  id: string;
  head: ReactNode;
  cell: (row: T, index: number) => ReactNode;
  numeric?: boolean;
  /** Share of the width that is left; fixed where a length is given. */
  width?: string;
  sort?: string;
  /** Takes what room is left, and is cut where that is less than it needs. */
  rest?: boolean;
  /** Kept on a narrow screen. */
  narrow?: boolean;
}

export interface Sorting {
  by: string;
  change: (by: string) => void;
}

interface TableProps<T> {
  caption: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  rowKey: (row: T, index: number) => string;
  href?: (row: T) => string | null;
  selected?: ReadonlySet<string>;
  onSelect?: (keys: string[], on: boolean) => void;
  sorting?: Sorting;
  /** The table of the screen answers to j, k, x and Enter. */
  main?: boolean;
  /** On a narrow screen each row is a small card. */
  stacks?: boolean;
  tone?: (row: T) => string | undefined;
}

export function Table<T>(props: TableProps<T>) {
  const { caption, rows, columns, rowKey, selected, onSelect, main = false } = props;
  const [at, setAt] = useState(-1);
  const anchor = useRef(-1);
  const body = useRef<HTMLTableSectionElement>(null);
  const go = (step: number) => setAt((now) => Math.max(0, Math.min(rows.length - 1, now + step)));
  const open = (row: T | undefined) => {
    const to = row && props.href?.(row);
    if (to) navigate(to);
  };
  const toggle = (index: number, range: boolean) => {
    const row = rows[index];
    if (!row || !onSelect) return;
    const first = range && anchor.current >= 0 ? Math.min(anchor.current, index) : index;
    const end = range && anchor.current >= 0 ? Math.max(anchor.current, index) : index;
    onSelect(rows.slice(first, end + 1).map((one, i) => rowKey(one, first + i)), !selected?.has(rowKey(row, index)));
    anchor.current = index;
  };
  useKeys(main ? { j: () => go(1), k: () => go(-1), x: () => toggle(at, false), Enter: () => open(rows[at]) } : {});
  useEffect(() => {
    if (at >= 0) body.current?.rows[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  return (
    <div className={props.stacks ? "table-frame stacks" : "table-frame"} tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption className="hidden">{caption}</caption>
        <Head columns={columns} sorting={props.sorting} selects={onSelect !== undefined} />
        <tbody ref={body}>
          {rows.map((row, i) => (
            <tr
              key={rowKey(row, i)} data-at={i === at || undefined} data-tone={props.tone?.(row)} aria-selected={selected?.has(rowKey(row, i))}
              className={props.href?.(row) ? "opens" : undefined}
              onClick={(event) => { if (!(event.target as HTMLElement).closest("a, button, input, label")) open(row); }}
            >
              {onSelect && (
                <td className="select">
                  <label>
                    <span className="hidden">Select {rowKey(row, i)}</span>
                    <input type="checkbox" checked={selected?.has(rowKey(row, i)) ?? false} onChange={() => undefined} onClick={(event) => toggle(i, event.shiftKey)} />
                  </label>
                </td>
              )}
              {columns.map((column) => <Cell key={column.id} column={column} row={row} index={i} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellClass<T>(column: Column<T>): string {
  return [column.numeric ? "numeric" : "", column.narrow === false ? "wide-only" : "", column.rest ? "rest" : ""].join(" ").trim();
}

function Cell<T>({ column, row, index }: { column: Column<T>; row: T; index: number }) {
  return <td className={cellClass(column) || undefined}>{column.cell(row, index)}</td>;
}

export function Head<T>({ columns, sorting, selects }: { columns: readonly Column<T>[]; sorting?: Sorting | undefined; selects: boolean }) {
  return (
    <thead>
      <tr>
        {selects && <th scope="col" className="select"><span className="hidden">Selected</span></th>}
        {columns.map((column) => (
          <th key={column.id} scope="col" className={cellClass(column) || undefined} aria-sort={sortOf(column, sorting)} style={column.width ? { width: column.width } : undefined}>
            {column.sort && sorting ? (
              <button type="button" onClick={() => sorting.change(nextSort(sorting.by, column.sort ?? ""))}>
                {column.head}
                <span aria-hidden="true" className="arrow">{arrow(sorting.by, column.sort)}</span>
              </button>
            ) : column.head}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function arrow(now: string, by: string): string {
  return now === by ? " ↑" : now === `-${by}` ? " ↓" : "";
}

function sortOf<T>(column: Column<T>, sorting?: Sorting): "ascending" | "descending" | undefined {
  if (!sorting || !column.sort) return undefined;
  return sorting.by === column.sort ? "ascending" : sorting.by === `-${column.sort}` ? "descending" : undefined;
}
