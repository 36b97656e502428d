import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { hrefOf, navigate, usePlace } from "./location";

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
  to: string;
}

/** A real link: it can be copied, opened beside, and followed without loading the page anew. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  usePlace();
  function follow(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
    if (event.defaultPrevented || elsewhere) return;
    event.preventDefault();
    navigate(to);
  }
  return <a href={hrefOf(to)} onClick={follow} {...rest} />;
}
