// The regression whose loss the batch explorer descends, and its mini-batches: sgdlib/data.py in JavaScript.
//
// The random numbers come from the small generator below, which sgdlib/widgets/generator.py has too, so that Python
// can run exactly the batches that the page ran.

/**
 * Return a function that gives the next random number in [0, 1), from a seed: a whole number from 0 to 2³² − 1.
 *
 *     a ← a + 0x6D2B79F5,    then the bits of a are mixed;    all modulo 2³²
 *
 * Source: mulberry32 by Tommy Ettinger (2017), public domain. 32 bits and a period of 2³² are plenty for shuffling
 * a few hundred rows, and Math.random cannot be seeded.
 */
export function random(seed) {
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new RangeError(`seed must be a whole number from 0 to 4294967295, not ${seed}.`);
  }
  let a = seed | 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Cut the rows into batches as Keras does: shuffled anew every epoch, each row once an epoch.
 *
 *     ⌈N / B⌉ batches an epoch, the last one smaller if B does not divide N
 *
 * next is what random(seed) returns. The batches are plain arrays of row numbers: thousands of typed arrays, one a
 * batch, would keep the garbage collector busy.
 * Source: the shuffle of Fisher and Yates, Knuth (1997), section 3.4.2, algorithm P.
 */
export function shuffled_batches(next, samples, batch_size, epochs = 1) {
  check_sizes({ samples, batch_size, epochs });
  const batches = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = Array.from({ length: samples }, (_, row) => row);
    for (let i = samples - 1; i > 0; i--) {
      const j = Math.floor(next() * (i + 1));
      const row = order[i];
      order[i] = order[j];
      order[j] = row;
    }
    for (let first = 0; first < samples; first += batch_size) {
      batches.push(order.slice(first, first + batch_size));
    }
  }
  return batches;
}

/**
 * Draw the rows of every batch at random, with replacement.
 *
 *     row = ⌊u N⌋
 */
export function random_batches(next, samples, batch_size, updates) {
  check_sizes({ samples, batch_size, updates });
  return Array.from({ length: updates }, () => Array.from({ length: batch_size }, () => Math.floor(next() * samples)));
}

/**
 * Give one gradient function for each batch, in order, for the gradients of descend.
 *
 *     gₖ(w) = 1/B Σ_{i in batch k} ∇ℓᵢ(w)
 */
export function* batch_gradients(problem, batches) {
  for (const rows of batches) yield (position, out) => problem.gradient(position, out, rows);
}

/**
 * Least squares on given data: predict the target by a weighted sum of the features.
 *
 *     L(w) = 1/(2N) Σᵢ (xᵢ·w − yᵢ)²,    ∇L(w) = 1/N Σᵢ (xᵢ·w − yᵢ) xᵢ,    ∇²L = XᵀX / N
 *
 * features is flat, row after row: N·d numbers for the N targets. The result has the parts of a surface, and
 *
 *     gradient(w, out, rows, first, last)   averaged over rows[first] … rows[last − 1]; over all rows of the
 *                                           data if rows is left out; out must not be w itself
 *     hessian                               XᵀX / N, flat
 *
 * minimum is what is passed in; if nothing is, it is solved for when d = 2 and null otherwise.
 */
export function linear_regression(features, targets, minimum = null) {
  const samples = targets.length;
  const d = features.length / samples;
  if (samples === 0 || d < 1 || !Number.isInteger(d)) {
    throw new RangeError(`features must have N * d numbers and targets N, not ${features.length} and ${samples}.`);
  }

  function gradient(w, out = new Float64Array(d), rows = null, first = 0, last = (rows ?? targets).length) {
    for (let i = 0; i < d; i++) out[i] = 0;
    for (let k = first; k < last; k++) {
      const row = rows === null ? k : rows[k];
      const missed = residual(w, row);
      for (let i = 0; i < d; i++) out[i] += missed * features[row * d + i];
    }
    for (let i = 0; i < d; i++) out[i] /= last - first;
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
  minimum ??=
    d === 2
      ? solve_two(
          hessian,
          gradient(new Float64Array(d)).map((g) => -g),
        )
      : null;
  return { d, samples, minimum, hessian, value, gradient };
}

// Cramer's rule for a symmetric matrix of two rows; null if it has no inverse.
function solve_two([xx, xy, , yy], [x, y]) {
  const determinant = xx * yy - xy * xy;
  return determinant === 0 ? null : [(x * yy - xy * y) / determinant, (xx * y - xy * x) / determinant];
}

function check_sizes(sizes) {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`${name} must be a whole number of at least 1, not ${size}.`);
    }
  }
}
