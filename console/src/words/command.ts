/** The same as a command: how far back, and which rows. */

const DAY = 86_400_000;

/** --since goes back from now, by whole days. */
export function since(from: string | null | undefined, now = Date.now()): string {
  const at = from ? new Date(from).getTime() : Number.NaN;
  return Number.isFinite(at) ? ` --since ${Math.max(1, Math.ceil((now - at) / DAY))}d` : "";
}

export interface Rows {
  id?: string;
  version?: string;
  role?: string;
  score_from?: string;
  score_to?: string;
}

/** `mw log predictions` for the rows that are asked for; in what was typed, quotes are doubled as SQL has them. */
export function logCommand(rows: Rows, from: string | null): string {
  const text = (value: string) => `'${value.replace(/'/g, "''")}'`;
  const parts = [
    rows.id && `id = ${text(rows.id)}`,
    Number(rows.version) > 0 && `version = ${Number(rows.version)}`,
    rows.role && `role = ${text(rows.role)}`,
    rows.score_from && Number.isFinite(Number(rows.score_from)) && `score >= ${Number(rows.score_from)}`,
    rows.score_to && Number.isFinite(Number(rows.score_to)) && `score <= ${Number(rows.score_to)}`,
  ].filter(Boolean);
  const where = parts.length ? ` --where "${parts.join(" and ").replace(/(["\\$`])/g, "\\$1")}"` : "";
  return `mw log predictions${since(from)}${where}`;
}
