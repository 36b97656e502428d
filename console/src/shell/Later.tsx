import { startTransition, useEffect, useRef, useState, type ReactNode } from "react";

/** So far below what is seen it is drawn already. */
const NEAR = "240px 0px";
const IDLE_MS = 400;

/** A part below what is seen at first: drawn as it comes near, or when there is nothing else to do, so that what is seen never waits for
 * it. Until then its place is kept. */
export function Later({ height, children }: { height: number; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    const part = place.current;
    if (!part) return undefined;
    const draw = () => startTransition(() => setDrawn(true));
    const watcher = new IntersectionObserver(([entry]) => { if (entry?.isIntersecting) draw(); }, { rootMargin: NEAR });
    watcher.observe(part);
    const timer = window.setTimeout(draw, IDLE_MS);
    return () => { watcher.disconnect(); window.clearTimeout(timer); };
  }, []);
  return drawn ? children : <div ref={place} style={{ minHeight: height }} />;
}
