/** The Markdown that a model card is written in: heads, paragraphs, lists and tables. */
export type Block =
  | { kind: "head"; level: number; text: string }
  | { kind: "text"; text: string }
  | { kind: "list"; items: string[] }
  | { kind: "table"; head: string[]; rows: string[][] };

export function blocks(text: string): Block[] {
  return text.split(/\n{2,}/).flatMap((part) => partOf(part.trim()));
}

function partOf(part: string): Block[] {
  if (!part) return [];
  const lines = part.split("\n");
  const first = lines[0] ?? "";
  const head = /^(#+)\s+(.*)$/.exec(first);
  if (head) return [{ kind: "head", level: (head[1] ?? "").length, text: plainText(head[2] ?? "") }, ...partOf(lines.slice(1).join("\n").trim())];
  if (lines.every((line) => /^([-*] |\s{2,})/.test(line))) return [{ kind: "list", items: part.split(/\n(?=[-*] )/).map((one) => plainText(one.replace(/^[-*] /, ""))) }];
  if (lines.length > 1 && lines.every((line) => line.startsWith("|"))) {
    const cells = lines.map((line) => line.replace(/^\||\|$/g, "").split("|").map((one) => plainText(one.trim())));
    return [{ kind: "table", head: cells[0] ?? [], rows: cells.slice(2) }];
  }
  return [{ kind: "text", text: plainText(part) }];
}

function plainText(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").replace(/\*\*|`/g, "").replace(/\\([|*_`])/g, "$1").trim();
}
