import { useId, type ButtonHTMLAttributes, type ReactNode } from "react";
import type { Role } from "../api/types";
import { Link } from "../url/Link";
import { useMayNot } from "./roles";
import { toast } from "./toasts";

interface VerbProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "onClick"> {
  project: string;
  /** The least role that may do it. */
  needs: Role;
  /** Why it cannot be done now by anybody; empty where it can. */
  whyNot?: string;
  onClick: () => void;
}

/** Something that may be done. It is always there: where it may not be done, by you or now, it says why. */
export function Verb({ project, needs, whyNot = "", ...rest }: VerbProps) {
  const why = useMayNot(project, needs) || whyNot;
  return why ? <Off why={why} className={rest.className}>{rest.children}</Off> : <button type="button" {...rest} />;
}

interface VerbLinkProps {
  project: string;
  needs: Role;
  to: string;
  className?: string;
  title?: string;
  children: ReactNode;
}

/** A verb that is done elsewhere. */
export function VerbLink({ project, needs, to, className = "", title, children }: VerbLinkProps) {
  const why = useMayNot(project, needs);
  return why ? <Off why={why} className={className}>{children}</Off> : <Link className={`button ${className}`} to={to} title={title}>{children}</Link>;
}

function Off({ why, className = "", children }: { why: string; className?: string | undefined; children: ReactNode }) {
  const id = useId();
  const quiet = className.includes("quiet") ? "quiet" : "";
  return (
    <>
      <button type="button" className={`off ${quiet}`} aria-disabled="true" aria-describedby={id} title={why} onClick={() => toast(why)}>{children}</button>
      <span id={id} className="hidden">{why}</span>
    </>
  );
}
