import type { UseQueryResult } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { ApiError } from "../api/client";
import { changeQuery, usePlace } from "../url/location";
import { ago } from "../words/format";
import { CopyText } from "./CopyText";

const PATIENCE_MS = 150;
const STALE_MS = 90_000;

interface AsyncProps<T> {
  of: UseQueryResult<T, ApiError>;
  rows?: number;
  /** What takes so long, where it may. */
  doing?: string;
  children: (data: T) => ReactNode;
}

/** What was asked: nothing for a moment, then a skeleton, then the answer. An answer stays while it is asked again, with its age. */
export function Async<T>({ of, rows = 6, doing, children }: AsyncProps<T>) {
  if (of.data !== undefined) {
    return (
      <>
        {of.error && <Stale at={of.dataUpdatedAt} error={of.error} again={() => void of.refetch()} />}
        {children(of.data)}
      </>
    );
  }
  if (of.error) return <Failure error={of.error} again={() => void of.refetch()} />;
  return <Skeleton rows={rows} doing={doing} />;
}

export function Skeleton({ rows, doing }: { rows: number; doing?: string | undefined }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <div className={late ? "skeleton late" : "skeleton"} aria-busy="true" role="status" aria-label={doing ?? "Loading"}>
      {doing && <p className="fine">{doing}</p>}
      {Array.from({ length: rows }, (_, i) => <div key={i} className="bone" />)}
    </div>
  );
}

function Stale({ at, error, again }: { at: number; error: ApiError; again: () => void }) {
  const old = Date.now() - at > STALE_MS;
  return (
    <p className="strip warn" role="status">
      <span>
        <b>{old ? "Old figures" : "Not renewed"}</b> as of {ago(at)}: {error.message}
      </span>
      <button type="button" className="quiet" onClick={again}>Retry</button>
    </p>
  );
}

export function Failure({ error, again }: { error: ApiError; again?: (() => void) | undefined }) {
  const { refusal, status } = error;
  const { query } = usePlace();
  return (
    <section className="failure" role="alert">
      <h2>{refusal.message}</h2>
      {refusal.fix && <p>{refusal.fix}</p>}
      <p className="fine">
        <code>{refusal.code}</code>
        {status > 0 && <> · status {status}</>}
        {refusal.request_id && <> · request <CopyText text={refusal.request_id} /></>}
      </p>
      <p className="line-up">
        {again && <button type="button" onClick={again}>Retry</button>}
        {(status === 400 || status === 422) && query.size > 0 && <button type="button" onClick={() => changeQuery(Object.fromEntries([...query.keys()].map((name) => [name, null])), "push")}>Without what the address asks for</button>}
      </p>
    </section>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <section className="empty">
      <h2>{title}</h2>
      {children}
    </section>
  );
}
