import { ago, clock, day } from "../words/format";

const LONG_AGO_MS = 45 * 86_400_000;

/** A moment: how long ago, or its day where that is long; the absolute time where one hovers. */
export function Ago({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="none">–</span>;
  const old = Math.abs(Date.now() - new Date(at).getTime()) > LONG_AGO_MS;
  return <time dateTime={at} title={`${clock(at)} · ${ago(at)} · ${at}`}>{old ? day(at) : ago(at)}</time>;
}

export function Day({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="none">–</span>;
  return <time dateTime={at} title={`${ago(at)} · ${at}`}>{day(at)}</time>;
}

export function Clock({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="none">–</span>;
  return <time dateTime={at} title={`${ago(at)} · ${at}`}>{clock(at)}</time>;
}
