import type { ContractColumn } from "../../api/types";

export type Given = Record<string, string>;

/** What was typed, as the kinds of the contract ask; empty is missing. Text that is no number goes as text: the server says so. */
export function read(columns: readonly ContractColumn[], given: Given): Record<string, unknown> {
  return Object.fromEntries(columns.map((one) => [one.name, valueOf(one, given[one.name] ?? "")]));
}

function valueOf(column: ContractColumn, text: string): unknown {
  if (text === "") return null;
  if (column.kind === "number" || column.kind === "integer") return Number.isFinite(Number(text)) ? Number(text) : text;
  if (column.kind === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}

/** A value as one would type it: a number without the digits that float32 made up. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "number" ? String(Number(value.toPrecision(7))) : String(value);
}

export const OFFERED = 40;

/** The columns that a form has room for, in the contract's order: all where they are few; else those that are sought, or those that the
 * model looks at most. */
export function offered(columns: readonly ContractColumn[], importance: readonly [string, number][], sought: string): readonly ContractColumn[] {
  if (columns.length <= OFFERED) return columns;
  if (sought) return columns.filter((one) => one.name.toLowerCase().includes(sought.toLowerCase())).slice(0, OFFERED);
  const weights = new Map<string, number>();
  for (const [feature, weight] of importance) for (const part of feature.split(" + ")) weights.set(part, Math.max(weight, weights.get(part) ?? 0));
  const weight = (name: string) => weights.get(name) ?? Math.max(0, ...[...weights].filter(([one]) => one.startsWith(`${name}.`)).map(([, found]) => found));
  const most = new Set(columns.map((one) => [one.name, weight(one.name)] as const).sort((a, b) => b[1] - a[1]).slice(0, OFFERED).map(([name]) => name));
  return columns.filter((one) => most.has(one.name));
}
