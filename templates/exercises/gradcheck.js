/**
 * The gradient of f at x, by central differences.
 *
 *     gradient[i] = (f(x with x[i] + h) − f(x with x[i] − h)) / 2h
 *
 * Left out: functions that give more than one number.
 *
 * @param {(x: Float64Array) => number} f
 * @param {Float64Array} x
 * @param {number} h  the step
 * @returns {Float64Array} as many numbers as x has
 */
export function numericGradient(f, x, h) {
  throw new Error("not yet");
}

/**
 * The names of the twins whose backward is wrong.
 *
 *     f(x) = Σ_j dy[j] · forward(x)[j]
 *     backward(dy, x) is the gradient of f at x
 *
 * Left out: backwards of weights. To a function, they are inputs like x.
 *
 * @param {{ name: string, forward: (x: Float64Array) => Float64Array,
 *   backward: (dy: Float64Array, x: Float64Array) => Float64Array,
 *   x: Float64Array, dy: Float64Array }[]} twins
 * @param {(f: (x: Float64Array) => number, x: Float64Array, h: number) => Float64Array} gradient
 *   a right numericGradient
 * @returns {string[]} in the order of the twins
 */
export function wrongTwins(twins, gradient) {
  throw new Error("not yet");
}
