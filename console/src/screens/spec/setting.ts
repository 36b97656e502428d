export interface Placed {
  text: string;
  /** Where it stands now, counted from 1. */
  line: number;
}

/** The text with a setting (`watch.latency_ms`) at a value: on its line, or a new one in its section, or a new section. One that somebody
 * has set already stays as it is: only its line is told. */
export function withSetting(text: string, path: string, value: string): Placed {
  const [section = "", name = ""] = path.split(".");
  const lines = text.split("\n");
  const head = lines.findIndex((line) => new RegExp(`^${section}:\\s*(#.*)?$`).test(line));
  if (head < 0) {
    const at = lines.findIndex((line) => line.startsWith(`${section}:`));
    return at >= 0 ? { text, line: at + 1 } : placed([...withoutEnd(lines), "", `${section}:`, `  ${name}: ${value}`, ""], -2);
  }
  const rest = lines.slice(head + 1).findIndex((line) => /^[A-Za-z]/.test(line));
  const end = rest < 0 ? lines.length : head + 1 + rest;
  const own = lines.findIndex((line, i) => i > head && i < end && new RegExp(`^\\s+#?${name}:(\\s|$)`).test(line));
  const indent = lines.slice(head + 1, end).map((line) => /^(\s+)\S/.exec(line)?.[1]).find(Boolean) ?? "  ";
  if (own < 0) return placed([...lines.slice(0, head + 1), `${indent}${name}: ${value}`, ...lines.slice(head + 1)], head + 1);
  if (!/^\s+#/.test(lines[own] ?? "")) return { text, line: own + 1 };
  return placed(lines.map((line, i) => (i === own ? `${indent}${name}: ${value}` : line)), own);
}

function placed(lines: string[], at: number): Placed {
  return { text: lines.join("\n"), line: (at < 0 ? lines.length + at : at) + 1 };
}

function withoutEnd(lines: string[]): string[] {
  let end = lines.length;
  while (end > 0 && lines[end - 1]?.trim() === "") end -= 1;
  return lines.slice(0, end);
}
