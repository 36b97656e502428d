import type { Mark } from "../../api/types";

export function Marks({ marks, onGo }: { marks: Mark[]; onGo: (mark: Mark) => void }) {
  if (marks.length === 0) return null;
  return (
    <ul className="marks" aria-live="polite">
      {marks.map((one, i) => (
        <li key={i}>
          <button type="button" className="row-button" onClick={() => onGo({ ...one })}>line {one.line}, column {one.column}</button>
          <p>{one.message}</p>
          {one.fix && <p className="fine">{one.fix}</p>}
        </li>
      ))}
    </ul>
  );
}
