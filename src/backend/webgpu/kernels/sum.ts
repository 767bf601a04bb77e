/**
 * Sums over a workgroup, of several results at once.
 *
 * With subgroups: within each of them first, then over their sums. They have any size from 4 to 128, which may change from
 * run to run, so that nothing is made of it but how many there are. Without: the lanes are dealt to the results, so that
 * each adds some numbers up; then one lane a result adds those up. Either way the order is one and the same in all runs
 * on a device.
 * @module
 */

/** WGSL: what a shader that sums begins with. */
export function sumDirectives(hasSubgroups: boolean): string {
  return hasSubgroups ? "enable subgroups;\nrequires subgroup_id;" : "";
}

/** WGSL: further parameters of `main`, for {@link sums}. */
export function sumParameters(hasSubgroups: boolean): string {
  if (!hasSubgroups) return "";
  return /* wgsl */ `
  @builtin(subgroup_id) subgroup: u32,
  @builtin(num_subgroups) subgroups: u32,`;
}

/** WGSL: an expression that calls the function of {@link sums}. */
export function sumCall(values: string, hasSubgroups: boolean): string {
  return `sumOfAll(lane, ${values}${hasSubgroups ? ", subgroup, subgroups" : ""})`;
}

/**
 * WGSL: `sumOfAll`, which all lanes have to call. Lane i gets the sum of `values[i % count]` over all lanes.
 * @param lanes invocations of the workgroup, a power of two.
 * @param count a power of two, at most `lanes`.
 */
export function sums(lanes: number, count: number, hasSubgroups: boolean): string {
  const declared = /* wgsl */ `
var<workgroup> partial: array<array<f32, ${count}>, ${lanes}>;
`;
  if (hasSubgroups) {
    return /* wgsl */ `
${declared}
fn sumOfAll(lane: u32, values: array<f32, ${count}>, subgroup: u32, subgroups: u32) -> f32 {
  var within: array<f32, ${count}>;
  for (var i = 0u; i < ${count}; i++) { within[i] = subgroupAdd(values[i]); }
  if (subgroupElect()) { partial[subgroup] = within; }
  workgroupBarrier();
  var sum = 0.0;
  for (var s = 0u; s < subgroups; s++) { sum += partial[s][lane % ${count}]; }
  return sum;
}
`;
  }
  const share = lanes / count;
  return /* wgsl */ `
${declared}
var<workgroup> shares: array<f32, ${lanes}>;
fn sumOfAll(lane: u32, values: array<f32, ${count}>) -> f32 {
  partial[lane] = values;
  workgroupBarrier();
  let result = lane / ${share};
  var some = 0.0;
  for (var i = 0u; i < ${count}; i++) { some += partial[(lane % ${share}) * ${count} + i][result]; }
  shares[lane] = some;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < ${share}; i++) { sum += shares[(lane % ${count}) * ${share} + i]; }
  return sum;
}
`;
}
