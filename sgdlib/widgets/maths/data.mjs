// The regression whose loss the batch explorer descends: sgdlib/data.py in JavaScript, one position at a time.

/** @import { Gradient, Position } from "./optimizer.mjs" */
/** @import { Surface } from "./surfaces.mjs" */

/**
 * A surface that is an average over rows of data; `gradient(w, out, rows)` averages over some of them, over all if they
 * are left out (out must not be w itself), and `hessian` is XᵀX / N, flat.
 * @typedef {Omit<Surface, "gradient"> & {samples: number, hessian: Float64Array,
 *   gradient(position: Position, out?: Float64Array, rows?: number[] | null): Float64Array}} Problem
 */

/**
 * Give one gradient function for each batch, in order, for the gradients of descend.
 *
 *     gₖ(w) = 1/B Σ_{i in batch k} ∇ℓᵢ(w)
 * @param {Problem} problem
 * @param {number[][]} batches
 * @returns {Generator<Gradient>}
 */
export function* batch_gradients(problem, batches) {
  for (const rows of batches) yield (position, out) => problem.gradient(position, out, rows);
}

/**
 * Least squares on given data: predict the target by a weighted sum of the features.
 *
 *     L(w) = 1/(2N) Σᵢ (xᵢ·w − yᵢ)²,    ∇L(w) = 1/N Σᵢ (xᵢ·w − yᵢ) xᵢ,    ∇²L = XᵀX / N
 *
 * The minimum is solved for when d = 2, and null otherwise.
 * Source: Bottou, Curtis and Nocedal (2018), section 3.
 * @param {ArrayLike<number>} features flat, row after row: N·d numbers
 * @param {ArrayLike<number>} targets N of them
 * @returns {Problem}
 */
export function linear_regression(features, targets) {
  const samples = targets.length;
  const d = features.length / samples;

  function gradient(w, out = new Float64Array(d), rows = null) {
    const count = rows === null ? samples : rows.length;
    for (let i = 0; i < d; i++) out[i] = 0;
    for (let k = 0; k < count; k++) {
      const row = rows === null ? k : rows[k];
      const missed = residual(w, row);
      for (let i = 0; i < d; i++) out[i] += missed * features[row * d + i];
    }
    for (let i = 0; i < d; i++) out[i] /= count;
    return out;
  }

  function residual(w, row) {
    let score = 0;
    for (let i = 0; i < d; i++) score += features[row * d + i] * w[i];
    return score - targets[row];
  }

  function value(w) {
    let sum = 0;
    for (let row = 0; row < samples; row++) sum += residual(w, row) ** 2;
    return (0.5 * sum) / samples;
  }

  const hessian = new Float64Array(d * d);
  for (let row = 0; row < samples; row++) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) hessian[i * d + j] += (features[row * d + i] * features[row * d + j]) / samples;
    }
  }
  // ∇L(w) = ∇²L w + ∇L(0), so the minimum solves ∇²L w = −∇L(0).
  const downhill = gradient(new Float64Array(d)).map((g) => -g);
  return { d, samples, minimum: d === 2 ? solve_two(hessian, downhill) : null, hessian, value, gradient };
}

/**
 * Cramer's rule for a symmetric matrix of two rows, flat; null if it has no inverse.
 * @param {Float64Array} matrix
 * @param {Float64Array} right
 */
function solve_two(matrix, right) {
  const [xx, xy, , yy] = matrix;
  const [x, y] = right;
  const determinant = xx * yy - xy * xy;
  return determinant === 0 ? null : [(x * yy - xy * y) / determinant, (xx * y - xy * x) / determinant];
}
