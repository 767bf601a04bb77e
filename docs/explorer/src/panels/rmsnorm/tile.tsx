/** @module */
export function RmsNormTile() {
  return <>To come.</>;
}
