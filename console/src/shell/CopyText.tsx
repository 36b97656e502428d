import { shortId } from "../words/format";
import { copy } from "./toasts";

/** An id, short, that is copied whole by a click. */
export function CopyText({ text, shown = shortId(text) }: { text: string; shown?: string }) {
  return (
    <button type="button" className="copyable" title={`${text}: click to copy`} onClick={() => void copy(text, "Id")}>
      <span className="hidden">Copy </span>{shown}
    </button>
  );
}
