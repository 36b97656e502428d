import { useEffect, useRef } from "react";
import { SCREENS } from "./screens";

const KEYS: [string, string][] = [
  ["⌘ K, Ctrl K", "Go to anything"], ["?", "These shortcuts"], ["g h", "Home"],
  ...SCREENS.map((one): [string, string] => [`g ${one.key}`, one.name]),
  ["g ,", "Settings"], ["j, k", "Next row, row before"], ["x", "Select the row"], ["Enter", "Open the row"],
  ["Esc", "Back, close"], ["/", "Search in this list"], ["t", "Theme: system, light, dark"],
];

export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className="sheet" aria-labelledby="shortcuts-title" onClose={onClose} onClick={(e) => e.target === dialog.current && onClose()}>
      <header>
        <h2 id="shortcuts-title">Shortcuts</h2>
        <button type="button" className="quiet" onClick={onClose}>Close</button>
      </header>
      <dl className="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>{key.split(", ").map((one) => <kbd key={one}>{one}</kbd>)}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
