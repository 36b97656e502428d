import { useEffect, useRef } from "react";
import type { Mark } from "../../api/types";
import { partsOf } from "./parts";

const LINE = 20;

interface CodeAreaProps {
  text: string;
  marks: readonly Mark[];
  at: Mark | null;
  onChange?: ((text: string) => void) | undefined;
}

/** A plain text field over the same text in colour: typing, pasting and undoing are the browser's own. */
export function CodeArea({ text, marks, at, onChange }: CodeAreaProps) {
  const frame = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const lines = text.split("\n");
  const bad = new Map(marks.map((one) => [one.line, one]));
  useEffect(() => {
    if (!at || !frame.current) return;
    frame.current.scrollTop = Math.max(0, (at.line - 6) * LINE);
    const before = lines.slice(0, at.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + at.column - 1;
    field.current?.focus();
    field.current?.setSelectionRange(before, before);
  // only where another mistake was chosen
  // eslint-disable-next-line
  }, [at]);
  return (
    <div ref={frame} className="code-frame">
      <div className="code" style={{ height: lines.length * LINE + 24 }}>
        <pre className="gutter" aria-hidden="true">{lines.map((_, i) => <span key={i} className={bad.has(i + 1) ? "bad" : ""}>{bad.has(i + 1) ? "■ " : ""}{i + 1}{"\n"}</span>)}</pre>
        <pre className="shown" aria-hidden="true">{lines.map((line, i) => <span key={i} className={bad.has(i + 1) ? "line bad" : "line"}>{partsOf(line).map((part, j) => <span key={j} className={part.kind}>{part.text}</span>)}{"\n"}</span>)}</pre>
        <textarea ref={field} aria-label="Text of the spec" value={text} readOnly={!onChange} spellCheck={false} wrap="off" onChange={(event) => onChange?.(event.target.value)} />
      </div>
    </div>
  );
}
