/** @module */
export function SamplingTile() {
  return <>To come.</>;
}
