/** All letters of `asked` in this order: the tighter they lie and the earlier they begin, the better; null where they are not. */
export function fit(asked: string, name: string): number | null {
  const text = name.toLowerCase();
  let at = -1;
  let gaps = 0;
  for (const letter of asked.toLowerCase().replace(/\s+/g, "")) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return null;
    if (at >= 0) gaps += next - at - 1;
    else gaps += next * 0.5;
    at = next;
  }
  return gaps + text.length * 0.01;
}
