const TAIL = 10;

/** A long name in whatever room there is: where it does not fit, its middle is left out, since its end says most. Who has it read out,
 *  or copies it, has it whole. shown: how it is written, where a list tells its names apart. */
export function Name({ text, shown = text }: { text: string; shown?: string }) {
  if (text.length <= TAIL + 4) return <span className="cut" title={text}><span className="cut-head">{text}</span></span>;
  return (
    <span className="cut" title={text}>
      <span className="hidden">{text}</span>
      <span className="cut-head" aria-hidden="true">{shown.slice(0, -TAIL)}</span>
      <span className="cut-tail" aria-hidden="true">{shown.slice(-TAIL)}</span>
    </span>
  );
}
