/** @module */
export function AttributionTile() {
  return <>To come.</>;
}
