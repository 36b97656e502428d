const BEYOND = 12;

/** Which rows lie within what is seen, and a few beyond: [start, end). A list that became shorter is seen at its end. */
export function slice(top: number, height: number, rows: number, rowHeight: number): { start: number; end: number } {
  const seen = Math.max(0, Math.min(top, rows * rowHeight - height));
  const start = Math.max(0, Math.floor(seen / rowHeight) - BEYOND);
  const end = Math.max(start, Math.min(rows, Math.ceil((seen + height) / rowHeight) + BEYOND));
  return { start, end };
}
