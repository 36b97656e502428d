/** Keyboard: single keys and `g` + letter, never while somebody types. */
import { useEffect } from "react";

type Handler = () => void;

const handlers = new Map<string, Handler[]>();
let waiting = 0;
const WAIT_MS = 900;

function typing(event: KeyboardEvent): boolean {
  const at = event.target as HTMLElement | null;
  return !!at?.closest("input, textarea, select, [contenteditable], dialog[open]");
}

export function startKeys(): void {
  window.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      run("mod+k");
      return;
    }
    if (event.metaKey || event.ctrlKey || event.altKey || typing(event)) return;
    if (event.key === "g" && !waiting) {
      waiting = window.setTimeout(() => { waiting = 0; }, WAIT_MS);
      return;
    }
    const name = waiting ? `g ${event.key}` : event.key;
    window.clearTimeout(waiting);
    waiting = 0;
    if (name === "Enter" && (event.target as HTMLElement | null)?.closest("a, button, summary")) return;
    if (run(name)) event.preventDefault();
  });
}

function run(name: string): boolean {
  const handler = handlers.get(name)?.at(-1);
  handler?.();
  return handler !== undefined;
}

/** While this part is shown, these keys do that; the part that came last counts. */
export function useKeys(keys: Record<string, Handler>): void {
  useEffect(() => {
    const entries = Object.entries(keys);
    for (const [name, handler] of entries) handlers.set(name, [...(handlers.get(name) ?? []), handler]);
    return () => {
      for (const [name, handler] of entries) handlers.set(name, (handlers.get(name) ?? []).filter((one) => one !== handler));
    };
  });
}
