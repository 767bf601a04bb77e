/**
 * GeGLU: one branch decides how much of the other passes.
 *
 *     y[f]    = gelu(gate[f]) · up[f]
 *     gelu(x) = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))
 *
 * Left out: rounding between the two steps.
 *
 * @param {Float64Array} gate  F numbers
 * @param {Float64Array} up  F numbers
 * @returns {Float64Array} F numbers, new
 */
export function geglu(gate, up) {
  return gate.map((x, f) => gelu(x) * up[f]);
}

function gelu(x) {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
