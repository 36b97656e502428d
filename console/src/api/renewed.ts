/** Rows as they were loaded, each as the newer ones have it where they have it; what is new among these comes first. */
export function renewed<T>(rows: readonly T[], newer: readonly T[], keyOf: (row: T) => string): T[] {
  if (newer.length === 0) return [...rows];
  const fresh = new Map(newer.map((row) => [keyOf(row), row]));
  const known = rows.map((row) => {
    const key = keyOf(row);
    const found = fresh.get(key);
    fresh.delete(key);
    return found ?? row;
  });
  return [...fresh.values(), ...known];
}
