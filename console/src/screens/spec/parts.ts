export interface Part {
  kind: "comment" | "key" | "value" | "setting";
  text: string;
}

/** A line of YAML as far as colour goes: comments, settings at their default (# and no space), keys, values. */
export function partsOf(line: string): Part[] {
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  const rest = line.slice(indent.length);
  if (rest.startsWith("# ") || rest === "#") return [{ kind: "comment", text: line }];
  if (rest.startsWith("#")) return [{ kind: "setting", text: line }];
  const key = /^(- )?[\w-]+:(?=\s|$)/.exec(rest)?.[0];
  if (!key) return [{ kind: "value", text: line }];
  const after = rest.slice(key.length);
  const comment = / #.*$/.exec(after)?.[0] ?? "";
  const parts: Part[] = [{ kind: "key", text: indent + key }, { kind: "value", text: after.slice(0, after.length - comment.length) }];
  return comment ? [...parts, { kind: "comment", text: comment }] : parts;
}
