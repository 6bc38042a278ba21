// A network as a surface over its weights: sgdlib/network.py in JavaScript, one run at a time.

/** @import { Position } from "./optimizer.mjs" */

/**
 * @typedef {object} Layer
 * @property {number} units how many numbers it gives
 * @property {"linear" | "relu" | "tanh"} activation
 *
 * @typedef {object} Problem
 * @property {Layer[]} layers
 * @property {number} inputs how many numbers a sample has
 * @property {ArrayLike<number>} features the samples one after the other
 * @property {ArrayLike<number>} classes that of each sample; squares are taken to 1 at the class and 0 elsewhere
 * @property {"squares" | "cross-entropy"} loss
 *
 * A position holds all weights: of each layer the kernel, row by row, then the bias. `rows` are the samples to take,
 * all when left out; never more than there are.
 * @typedef {object} Network
 * @property {number} d how many weights there are
 * @property {(w: Position, rows?: number[]) => {loss: number, accuracy: number}} value
 * @property {(w: Position, out: Float64Array, rows?: number[]) => Float64Array} gradient
 * @property {(w: Position, u: Position, out: Float64Array) => Float64Array} hessian_vector_product over all samples
 * @property {(w: Position, rows?: number[]) => Float64Array} outputs those of the last layer, sample by sample
 * @property {(next: () => number) => Float64Array} draw first weights, Glorot uniform: kernels evenly between −h and h,
 *   h = √(6 / (inputs + units)), biases 0; `next` is what uniforms(seed) returns
 */

// φ(z), and φ′ and φ″ as functions of a = φ(z)
const ACTIVATIONS = {
  linear: [(z) => z, () => 1, () => 0],
  relu: [(z) => Math.max(z, 0), (a) => (a > 0 ? 1 : 0), () => 0],
  tanh: [Math.tanh, (a) => 1 - a * a, (a) => -2 * a * (1 - a * a)],
};

/**
 * The loss of a network on given samples.
 *
 *     zₖ = [aₖ₋₁ 1] Wₖ,    aₖ = φₖ(zₖ)                                   forward
 *     e_K = ∂ℓ/∂a_K / B,    δₖ = φₖ′ eₖ,    eₖ₋₁ = δₖ Wₖᵀ               backward, without the column of the 1
 *     ∂f/∂Wₖ = [aₖ₋₁ 1]ᵀ δₖ
 *
 * Source: Rumelhart, Hinton and Williams (1986); Pearlmutter (1994).
 * @param {Problem} problem
 * @returns {Network}
 */
export function network(problem) {
  const space = space_for(problem);
  const { d, everything } = space;
  return {
    d,
    value: (w, rows = everything) => value(space, w, rows),
    gradient: (w, out, rows = everything) => gradient(space, w, out, rows),
    hessian_vector_product: (w, u, out) => hessian_vector_product(space, w, u, out),
    outputs: (w, rows = everything) => outputs(space, w, rows),
    draw: (next) => draw(space, next),
  };
}

/** A problem with its sizes, and room for all that is computed, made once. */
function space_for(problem) {
  const { layers, inputs, classes } = problem;
  const samples = classes.length;
  const widths = [inputs, ...layers.map(({ units }) => units)];
  const K = layers.length;
  const firsts = widths.slice(0, K).map((_, k) => ends(widths, k));
  // [aₖ 1] of all samples, and how these move; what is smaller than ε leaves room for it
  const a = widths.map((width) => with_ones(samples, width));
  const moved = widths.map((width) => new Float64Array(samples * (width + 1)));
  const z_moved = widths.map((width) => new Float64Array(samples * width));
  const [delta, e, delta_moved, e_moved] = Array.from({ length: 4 }, () => {
    return new Float64Array(samples * Math.max(...widths));
  });
  const everything = Array.from({ length: samples }, (_, row) => row);
  const matrix = (w, k) => w.subarray(firsts[k], firsts[k] + (widths[k] + 1) * widths[k + 1]);
  const d = ends(widths, K);
  const room = { a, moved, z_moved, delta, e, delta_moved, e_moved };
  return { ...problem, ...room, d, K, widths, firsts, samples, everything, matrix };
}

function forward({ a, K, widths, layers, inputs, features, matrix }, w, rows) {
  rows.forEach((row, i) => {
    for (let j = 0; j < inputs; j++) a[0][i * (inputs + 1) + j] = features[row * inputs + j];
  });
  for (let k = 0; k < K; k++) {
    const [depth, units] = [widths[k] + 1, widths[k + 1]];
    const phi = ACTIVATIONS[layers[k].activation][0];
    multiply(a[k + 1], units + 1, rows.length, units, depth, a[k], depth, 1, matrix(w, k), units, 1);
    for (let i = 0; i < rows.length; i++) {
      for (let u = 0; u < units; u++) a[k + 1][i * (units + 1) + u] = phi(a[k + 1][i * (units + 1) + u]);
    }
  }
  return a[K];
}

/** e_K, and with `also` how it moves. */
function errors({ a, moved, e, e_moved, K, widths, loss, classes }, rows, also) {
  const units = widths[K];
  const p = new Float64Array(units);
  for (let i = 0; i < rows.length; i++) {
    const [from, to] = [i * (units + 1), i * units];
    chances(a[K], from, p, loss);
    let along = 0;
    for (let u = 0; u < units; u++) {
      e[to + u] = (p[u] - (classes[rows[i]] === u ? 1 : 0)) / rows.length;
      along += p[u] * moved[K][from + u];
    }
    if (!also) continue;
    for (let u = 0; u < units; u++) {
      const move = moved[K][from + u];
      e_moved[to + u] = (loss === "squares" ? move : p[u] * (move - along)) / rows.length;
    }
  }
}

function gradient(space, w, out, rows) {
  const { a, delta, e, K, widths, layers, matrix } = space;
  const B = rows.length;
  forward(space, w, rows);
  errors(space, rows, false);
  for (let k = K - 1; k >= 0; k--) {
    const [depth, units] = [widths[k] + 1, widths[k + 1]];
    const slope = ACTIVATIONS[layers[k].activation][1];
    for (let i = 0; i < B; i++) {
      for (let u = 0; u < units; u++) delta[i * units + u] = slope(a[k + 1][i * (units + 1) + u]) * e[i * units + u];
    }
    multiply(matrix(out, k), units, depth, units, B, a[k], 1, depth, delta, units, 1);
    if (k) multiply(e, widths[k], B, widths[k], units, delta, units, 1, matrix(w, k), 1, units);
  }
  return out;
}

/**
 * How the gradient moves along u; with R for such a move, R(AB) = R(A) B + A R(B), line by line:
 *
 *     Rzₖ = [Raₖ₋₁ 0] Wₖ + [aₖ₋₁ 1] Uₖ,    Raₖ = φₖ′ Rzₖ
 *     Rδₖ = φₖ′ Reₖ + φₖ″ Rzₖ eₖ,          Reₖ₋₁ = Rδₖ Wₖᵀ + δₖ Uₖᵀ
 *     R(∂f/∂Wₖ) = [aₖ₋₁ 1]ᵀ Rδₖ + [Raₖ₋₁ 0]ᵀ δₖ
 */
function hessian_vector_product(space, w, u, out) {
  const { K, everything } = space;
  forward(space, w, everything);
  forward_moves(space, w, u);
  errors(space, everything, true);
  for (let k = K - 1; k >= 0; k--) backward_moves(space, w, u, out, k);
  return out;
}

/** Rz and Ra of every layer. */
function forward_moves({ a, moved, z_moved, K, widths, layers, samples, matrix }, w, u) {
  moved[0].fill(0);
  for (let k = 0; k < K; k++) {
    const [depth, units] = [widths[k] + 1, widths[k + 1]];
    const slope = ACTIVATIONS[layers[k].activation][1];
    multiply(z_moved[k + 1], units, samples, units, depth, a[k], depth, 1, matrix(u, k), units, 1);
    if (k) multiply(z_moved[k + 1], units, samples, units, depth, moved[k], depth, 1, matrix(w, k), units, 1, true);
    for (let i = 0; i < samples; i++) {
      for (let j = 0; j < units; j++) {
        const at = i * (units + 1) + j;
        moved[k + 1][at] = slope(a[k + 1][at]) * z_moved[k + 1][i * units + j];
      }
    }
  }
}

/** R(∂f/∂Wₖ), and e and Re of the layer below. */
function backward_moves(space, w, u, out, k) {
  const { a, moved, z_moved, delta, e, delta_moved, e_moved, widths, layers, samples, matrix } = space;
  const [depth, units] = [widths[k] + 1, widths[k + 1]];
  const [, slope, bend] = ACTIVATIONS[layers[k].activation];
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < units; j++) {
      const [at, here] = [i * units + j, a[k + 1][i * (units + 1) + j]];
      delta[at] = slope(here) * e[at];
      delta_moved[at] = slope(here) * e_moved[at] + bend(here) * z_moved[k + 1][at] * e[at];
    }
  }
  multiply(matrix(out, k), units, depth, units, samples, a[k], 1, depth, delta_moved, units, 1);
  if (k === 0) return;
  multiply(matrix(out, k), units, depth, units, samples, moved[k], 1, depth, delta, units, 1, true);
  multiply(e, widths[k], samples, widths[k], units, delta, units, 1, matrix(w, k), 1, units);
  multiply(e_moved, widths[k], samples, widths[k], units, delta_moved, units, 1, matrix(w, k), 1, units);
  multiply(e_moved, widths[k], samples, widths[k], units, delta, units, 1, matrix(u, k), 1, units, true);
}

function value(space, w, rows) {
  const { K, widths, loss, classes } = space;
  const units = widths[K];
  const seen = forward(space, w, rows);
  let [sum, right] = [0, 0];
  rows.forEach((row, i) => {
    const own = seen.subarray(i * (units + 1), i * (units + 1) + units);
    sum += loss === "squares" ? squares(own, classes[row]) : cross_entropy(own, classes[row]);
    if (own.indexOf(Math.max(...own)) === classes[row]) right += 1;
  });
  return { loss: sum / rows.length, accuracy: right / rows.length };
}

function outputs(space, w, rows) {
  const units = space.widths[space.K];
  const seen = forward(space, w, rows);
  return Float64Array.from({ length: rows.length * units }, (_, at) => {
    return seen[Math.floor(at / units) * (units + 1) + (at % units)];
  });
}

function draw({ d, K, widths, firsts }, next) {
  const w = new Float64Array(d);
  for (let k = 0; k < K; k++) {
    const h = Math.sqrt(6 / (widths[k] + widths[k + 1]));
    for (let i = 0; i < widths[k] * widths[k + 1]; i++) w[firsts[k] + i] = h * (2 * next() - 1);
  }
  return w;
}

/** Where the matrix of layer k begins: how many weights the layers before it have. */
function ends(widths, k) {
  let sum = 0;
  for (let j = 0; j < k; j++) sum += (widths[j] + 1) * widths[j + 1];
  return sum;
}

/** [a 1] of so many samples. */
function with_ones(samples, width) {
  return new Float64Array(samples * (width + 1)).map((_, at) => (at % (width + 1) === width ? 1 : 0));
}

/** What the error subtracts the target from: a itself for squares, softmax(a) for the cross-entropy. */
function chances(a, from, out, loss) {
  const units = out.length;
  if (loss === "squares") {
    for (let u = 0; u < units; u++) out[u] = a[from + u];
    return;
  }
  let highest = -Infinity;
  for (let u = 0; u < units; u++) highest = Math.max(highest, a[from + u]);
  let sum = 0;
  for (let u = 0; u < units; u++) sum += out[u] = Math.exp(a[from + u] - highest);
  for (let u = 0; u < units; u++) out[u] /= sum;
}

function squares(a, target) {
  return a.reduce((sum, each, u) => sum + 0.5 * (each - (u === target ? 1 : 0)) ** 2, 0);
}

function cross_entropy(a, target) {
  const highest = Math.max(...a);
  return highest + Math.log(a.reduce((sum, each) => sum + Math.exp(each - highest), 0)) - a[target];
}

/**
 * The product of two matrices, four rows by four columns at a time, so that sixteen sums stay in registers.
 *
 *     C[i, j] = Σₖ A[i, k] B[k, j],    or added to C with `add`
 *
 * A[i, k] lies at i · a_row + k · a_step, B[k, j] at k · b_step + j · b_column, C[i, j] at i · c_row + j.
 */
function multiply(C, c_row, rows, columns, depth, A, a_row, a_step, B, b_step, b_column, add = false) {
  for (let i = 0; i < rows; i += 4) {
    const down = Math.min(4, rows - i);
    for (let j = 0; j < columns; j += 4) {
      const across = Math.min(4, columns - j);
      if (down < 4 || across < 4) {
        for (let r = i; r < i + down; r++) {
          for (let c = j; c < j + across; c++) {
            let sum = add ? C[r * c_row + c] : 0;
            for (let k = 0; k < depth; k++) sum += A[r * a_row + k * a_step] * B[k * b_step + c * b_column];
            C[r * c_row + c] = sum;
          }
        }
        continue;
      }
      let p = i * a_row;
      let q = j * b_column;
      let s00 = 0,
        s01 = 0,
        s02 = 0,
        s03 = 0,
        s10 = 0,
        s11 = 0,
        s12 = 0,
        s13 = 0;
      let s20 = 0,
        s21 = 0,
        s22 = 0,
        s23 = 0,
        s30 = 0,
        s31 = 0,
        s32 = 0,
        s33 = 0;
      for (let k = 0; k < depth; k++) {
        const a0 = A[p],
          a1 = A[p + a_row],
          a2 = A[p + 2 * a_row],
          a3 = A[p + 3 * a_row];
        const b0 = B[q],
          b1 = B[q + b_column],
          b2 = B[q + 2 * b_column],
          b3 = B[q + 3 * b_column];
        s00 += a0 * b0;
        s01 += a0 * b1;
        s02 += a0 * b2;
        s03 += a0 * b3;
        s10 += a1 * b0;
        s11 += a1 * b1;
        s12 += a1 * b2;
        s13 += a1 * b3;
        s20 += a2 * b0;
        s21 += a2 * b1;
        s22 += a2 * b2;
        s23 += a2 * b3;
        s30 += a3 * b0;
        s31 += a3 * b1;
        s32 += a3 * b2;
        s33 += a3 * b3;
        p += a_step;
        q += b_step;
      }
      const sums = [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33];
      for (let t = 0; t < 16; t++) {
        const at = (i + (t >> 2)) * c_row + j + (t & 3);
        C[at] = add ? C[at] + sums[t] : sums[t];
      }
    }
  }
}
