/** @module */
export function PrecisionTile() {
  return <>To come.</>;
}
