import type { ColumnRow } from "../../api/types";

/** The shape of a column in a table row: bins, or its commonest levels. */
export function TinyHistogram({ of, width = 120, height = 22 }: { of: ColumnRow; width?: number; height?: number }) {
  const bars = of.histogram.length ? of.histogram.map(([from, to, n]) => ({ width: to - from || 1, height: n / (to - from || 1) })) : of.top.map(([, n]) => ({ width: 1, height: n }));
  if (bars.length === 0) return <span className="none">–</span>;
  const wide = bars.reduce((sum, one) => sum + one.width, 0) || 1;
  const top = Math.max(...bars.map((one) => one.height), 1e-12);
  let x = 0;
  return (
    <svg className="mark histogram" width={width} height={height} aria-hidden="true">
      {bars.map((one, i) => {
        const w = (one.width / wide) * width;
        const h = Math.max(1, (one.height / top) * (height - 2));
        const left = x;
        x += w;
        return <rect key={i} x={left} width={Math.max(0.8, w - 1)} y={height - h} height={h} />;
      })}
    </svg>
  );
}
