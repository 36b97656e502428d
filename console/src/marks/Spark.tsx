import { linear, roomy } from "./scale";

/** The shape of a series in the height of a line of text. */
export function Spark({ values, width = 88, height = 20, says, limit }: { values: readonly (number | null)[]; width?: number; height?: number; says: string; limit?: number | null }) {
  const y = linear(roomy([...values, limit], 0.1), [height - 2, 2]);
  const x = linear([0, Math.max(1, values.length - 1)], [2, width - 4]);
  let path = "";
  let pen = false;
  for (const [i, value] of values.entries()) {
    if (value === null) pen = false;
    else {
      path += `${pen ? "L" : "M"}${x(i).toFixed(1)},${y(value).toFixed(1)}`;
      pen = true;
    }
  }
  const lastAt = values.findLastIndex((one) => one !== null);
  const last = values[lastAt];
  return (
    <svg className="mark spark" width={width} height={height} role="img" aria-label={says}>
      {limit !== null && limit !== undefined && <line className="limit" x1={0} x2={width} y1={y(limit)} y2={y(limit)} />}
      <path d={path} />
      {last !== undefined && last !== null && <circle className="dot" cx={x(lastAt)} cy={y(last)} r={2.2} />}
    </svg>
  );
}
