const TAIL = 10;

/** A long name in whatever room there is: where it does not fit, its middle is left out, since its end says most. */
export function Name({ text }: { text: string }) {
  if (text.length <= TAIL + 4) return <span className="cut" title={text}><span className="cut-head">{text}</span></span>;
  return <span className="cut" title={text}><span className="cut-head">{text.slice(0, -TAIL)}</span><span className="cut-tail">{text.slice(-TAIL)}</span></span>;
}
