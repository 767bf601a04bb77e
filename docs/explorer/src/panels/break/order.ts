/**
 * The order of the list: that of the suite, until all bugs are measured, and then the worst first. While another text is
 * measured, the last order stays: a list that moves under the finger cannot be chosen from.
 * @module
 */
import { useRef } from "preact/hooks";
import { byChange, isWhole } from "./outcome.ts";
import type { Break, Bug } from "./question.ts";

export function useOrder(told: Break): readonly Bug[] {
  const order = useRef<readonly Bug[]>(told.bugs);
  const from = useRef<Break | undefined>(undefined);
  if (told !== from.current && isWhole(told)) order.current = byChange(told);
  from.current = told;
  return order.current;
}
