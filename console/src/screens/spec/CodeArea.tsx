import { memo, useEffect, useRef } from "react";
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
    const before = lines.slice(0, at.line - 1).reduce((sum, line) => sum + line.length + 1, 0) + at.column - 1;
    field.current?.focus({ preventScroll: true });
    field.current?.setSelectionRange(before, before);
    frame.current.scrollTop = Math.max(0, (at.line - 6) * LINE);
  // only where another mistake was chosen
  // eslint-disable-next-line
  }, [at]);
  return (
    <div ref={frame} className="code-frame">
      <div className="code" style={{ height: lines.length * LINE + 24 }}>
        <Gutter lines={lines.length} bad={bad} />
        <pre className="shown" aria-hidden="true">{lines.map((line, i) => <Line key={i} text={line} bad={bad.has(i + 1)} />)}</pre>
        <textarea ref={field} aria-label="Text of the spec" value={text} readOnly={!onChange} spellCheck={false} wrap="off" onChange={(event) => onChange?.(event.target.value)} />
      </div>
    </div>
  );
}

/** The numbers: one text where no line is marked. */
function Gutter({ lines, bad }: { lines: number; bad: ReadonlyMap<number, Mark> }) {
  const numbers = Array.from({ length: lines }, (_, i) => i + 1);
  return <pre className="gutter" aria-hidden="true">{bad.size === 0 ? numbers.join("\n") : numbers.map((one) => <span key={one} className={bad.has(one) ? "bad" : ""}>{bad.has(one) ? "■ " : ""}{one}{"\n"}</span>)}</pre>;
}

/** Drawn anew only where it changed: typing draws one line. */
const Line = memo(function Line({ text, bad }: { text: string; bad: boolean }) {
  const parts = partsOf(text);
  const [only] = parts;
  if (!bad && parts.length === 1 && only) return <span className={only.kind}>{`${text}\n`}</span>;
  return <span className={bad ? "line bad" : "line"}>{parts.map((part, j) => <span key={j} className={part.kind}>{part.text}</span>)}{"\n"}</span>;
});
