import { ago, clock, day } from "../words/format";

/** A moment: how long ago, and the absolute time where one hovers. */
export function Ago({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="none">–</span>;
  return <time dateTime={at} title={`${clock(at)} · ${at}`}>{ago(at)}</time>;
}

export function Day({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="none">–</span>;
  return <time dateTime={at} title={`${ago(at)} · ${at}`}>{day(at)}</time>;
}

export function Clock({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="none">–</span>;
  return <time dateTime={at} title={`${ago(at)} · ${at}`}>{clock(at)}</time>;
}
