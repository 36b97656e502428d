import { Empty } from "../../shell/Async";
import { changeQuery } from "../../url/location";

/** A list that has nothing of what is sought or of this time, and the way to all of it. */
export function NothingThen({ title }: { title: string }) {
  return <Empty title={title}><button type="button" onClick={() => changeQuery({ q: null, from: null, to: null, range: null }, "push")}>Show all</button></Empty>;
}
