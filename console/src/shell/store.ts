/** A value that outlives the page, and that every part of it sees change. */
import { useSyncExternalStore } from "react";

export interface Kept<T> {
  get: () => T;
  set: (value: T) => void;
  listen: (listener: () => void) => () => void;
}

export function kept<T>(name: string | null, initial: T): Kept<T> {
  const listeners = new Set<() => void>();
  let value = name ? stored(name, initial) : initial;
  return {
    get: () => value,
    set(next) {
      value = next;
      if (name) write(name, next);
      for (const listener of listeners) listener();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useKept<T>(store: Kept<T>): T {
  return useSyncExternalStore(store.listen, store.get);
}

function stored<T>(name: string, initial: T): T {
  try {
    const text = localStorage.getItem(`millwright.${name}`);
    return text === null ? initial : (JSON.parse(text) as T);
  } catch {
    return initial; // a browser that keeps nothing: the default counts
  }
}

function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(`millwright.${name}`, JSON.stringify(value));
  } catch {
    return; // a browser that keeps nothing: it counts until the page is closed
  }
}
