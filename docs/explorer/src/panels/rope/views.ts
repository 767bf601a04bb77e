/** Ways to see the panel about RoPE, as a link names them. @module */
export const VIEWS = ["locked", "neighbours", "neighbours-locked"] as const;
type View = (typeof VIEWS)[number];

export const isNeighboursIn = (view: View | undefined): boolean =>
  view?.startsWith("neighbours") ?? false;
export const isLockedIn = (view: View | undefined): boolean => view?.endsWith("locked") ?? false;

export function viewOf(isNeighbours: boolean, isLocked: boolean): View | undefined {
  if (isNeighbours) return isLocked ? "neighbours-locked" : "neighbours";
  return isLocked ? "locked" : undefined;
}
