/** Names of the parts of packed weights. @module */

/** What stands behind a packed weight's name. */
export const OF_WEIGHT: RegExp =
  /\.weight\.(absmax|quant_map|nested_absmax|nested_quant_map|quant_state\..+)$/;
/** What stands behind the name of its layer. */
export const OF_LAYER: RegExp = /\.(scales|biases|SCB|weight_format)$/;

/** Whether `name` is, by its ending, that of a part of a packed weight. */
export function isPackedPart(name: string): boolean {
  return OF_WEIGHT.test(name) || OF_LAYER.test(name);
}
