const BEYOND = 12;

/** Which rows lie within what is seen, and a few beyond: [start, end). */
export function slice(top: number, height: number, rows: number, rowHeight: number): { start: number; end: number } {
  const start = Math.max(0, Math.min(rows, Math.floor(top / rowHeight) - BEYOND));
  const end = Math.max(start, Math.min(rows, Math.ceil((top + height) / rowHeight) + BEYOND));
  return { start, end };
}
