/**
 * How an open panel is seen, where it can be seen in several ways.
 * @module
 */
import { useEffect } from "preact/hooks";
import { refuse, view } from "./state.ts";

/** @param known the views of this panel; another one in the link is refused, and none is taken. */
export function useView<V extends string>(known: readonly V[]): V | undefined {
  const now = view.value;
  const found = known.find((name) => name === now);
  const isUnknown = now !== undefined && found === undefined;
  useEffect(() => {
    if (isUnknown) refuse("view", `here it is one of ${known.join(", ")}`);
  }, [isUnknown]);
  return found;
}
