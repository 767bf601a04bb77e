/** @module */
export function BreakTile() {
  return <>To come.</>;
}
