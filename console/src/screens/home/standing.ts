import type { ProjectRow } from "../../api/types";

/** How a project stands at a glance: what only waits (for a setting, for labels) is nothing that needs a look. */
export function standing(row: ProjectRow): ProjectRow["state"] {
  if (row.state !== "attention" || row.troubles.some((one) => one.level !== "waits")) return row.state;
  return row.status.challenger ? "trying" : "fine";
}
