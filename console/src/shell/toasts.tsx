import { useEffect } from "react";
import { kept, useKept } from "./store";

interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad" | "plain";
  undo?: (() => void) | undefined;
  seconds: number;
}

const toasts = kept<Toast[]>(null, []);
let last = 0;

/** Say what was done; `undo` takes it back as long as the toast is there. */
export function toast(text: string, { tone = "plain", undo, seconds = undo ? 12 : 5 }: Partial<Omit<Toast, "id" | "text">> = {}): void {
  last += 1;
  toasts.set([...toasts.get().slice(-3), { id: last, text, tone, undo, seconds }]);
}

function dismiss(id: number): void {
  toasts.set(toasts.get().filter((one) => one.id !== id));
}

export function Toasts() {
  const shown = useKept(toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((one) => (
        <OneToast key={one.id} toast={one} />
      ))}
    </div>
  );
}

function OneToast({ toast: { id, text, tone, undo, seconds } }: { toast: Toast }) {
  useEffect(() => {
    const timer = window.setTimeout(() => dismiss(id), seconds * 1000);
    return () => window.clearTimeout(timer);
  }, [id, seconds]);
  return (
    <div className={`toast ${tone}`}>
      <span>{text}</span>
      {undo && (
        <button type="button" className="quiet" onClick={() => { undo(); dismiss(id); }}>
          Undo
        </button>
      )}
      <button type="button" className="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>
        ✕
      </button>
    </div>
  );
}

export async function copy(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied`);
  } catch {
    toast(`Copy it by hand: ${text}`, { seconds: 15 });
  }
}
