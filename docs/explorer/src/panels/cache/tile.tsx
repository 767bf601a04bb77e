/** @module */
export function CacheTile() {
  return <>To come.</>;
}
