import { useMemo } from "react";
import { changeQuery, useParam } from "../url/location";
import type { Column } from "./Table";

/** The columns that are not left out by `hide` in the address; the first one leads to the row and always stays. */
export function useChosen<T>(columns: readonly Column<T>[]): readonly Column<T>[] {
  const hide = useParam("hide");
  return useMemo(() => columns.filter((column, index) => index === 0 || !hide.split(",").includes(column.id)), [columns, hide]);
}

/** Which columns are shown: said by the address, so that a link and a saved view show the same. */
export function ChooseColumns<T>({ columns }: { columns: readonly Column<T>[] }) {
  const hidden = useParam("hide").split(",").filter((id) => columns.some((column) => column.id === id));
  const change = (id: string, shown: boolean) => changeQuery({ hide: (shown ? hidden.filter((one) => one !== id) : [...hidden, id]).join(",") });
  return (
    <details className="choose-columns wide-only" onKeyDown={(event) => { if (event.key === "Escape") event.currentTarget.open = false; }}>
      <summary>Columns{hidden.length > 0 && <span className="of"> {columns.length - hidden.length} of {columns.length}</span>}</summary>
      <fieldset className="panel" aria-label="Columns that are shown">
        {columns.slice(1).map((column) => (
          <label key={column.id}>
            <input type="checkbox" checked={!hidden.includes(column.id)} onChange={(event) => change(column.id, event.target.checked)} /> {column.head}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
