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
  const moved = x.slice();
  return x.map((value, i) => {
    moved[i] = value + h;
    const ahead = f(moved);
    moved[i] = value - h;
    const behind = f(moved);
    moved[i] = value;
    return (ahead - behind) / (2 * h);
  });
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
  const wrong = twins.filter(({ forward, backward, x, dy }) => {
    const f = (at) => forward(at).reduce((sum, y, j) => sum + dy[j] * y, 0);
    const numeric = gradient(f, x, 1e-5);
    const given = backward(dy, x);
    const error = Math.max(...given.map((slope, i) => Math.abs(slope - numeric[i])));
    const largest = Math.max(...given.map(Math.abs));
    return error > 1e-5 * largest;
  });
  return wrong.map(({ name }) => name);
}
