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
