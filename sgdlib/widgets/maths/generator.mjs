// Random numbers and mini-batches: sgdlib/widgets/maths/generator.py in JavaScript, so that Python can run exactly the
// batches that the page ran.

/**
 * A function that gives the next random number in [0, 1).
 *
 *     a ← a + 0x6D2B79F5,    then the bits of a are mixed;    all modulo 2³²
 *
 * Source: mulberry32 by Tommy Ettinger (2017), public domain. 32 bits and a period of 2³² are plenty for shuffling
 * a few hundred rows, and Math.random cannot be seeded.
 * @param {number} seed a whole number from 0 to 2³² − 1
 * @returns {() => number}
 */
export function uniforms(seed) {
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
 * The batches are plain arrays: thousands of typed arrays, one a batch, would keep the garbage collector busy.
 * Source: the shuffle of Fisher and Yates, Knuth (1997), section 3.4.2, algorithm P.
 * @param {() => number} next what uniforms(seed) returns
 * @param {number} samples
 * @param {number} batch_size
 * @param {number} [epochs]
 * @returns {number[][]} the row numbers of each batch
 */
export function shuffled_batches(next, samples, batch_size, epochs = 1) {
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
 *
 * Source: Robbins and Monro (1951).
 * @param {() => number} next what uniforms(seed) returns
 * @param {number} samples
 * @param {number} batch_size
 * @param {number} updates
 * @returns {number[][]} the row numbers of each batch
 */
export function random_batches(next, samples, batch_size, updates) {
  return Array.from({ length: updates }, () => Array.from({ length: batch_size }, () => Math.floor(next() * samples)));
}

/**
 * Points scattered around a line: x, even from −reach to reach, and y.
 *
 *     x = 2 reach u − reach,    y = intercept + slope x + noise (u₁ + … + u₁₂ − 6)
 * @param {number} seed
 * @param {number} samples
 * @param {number} intercept
 * @param {number} slope
 * @param {number} noise
 * @param {number} reach
 * @returns {[number[], number[]]}
 */
export function scattered_line(seed, samples, intercept, slope, noise, reach) {
  const next = uniforms(seed);
  const x = Array.from({ length: samples }, () => 2 * reach * next() - reach);
  const y = x.map((value) => {
    let normal = -6;
    for (let i = 0; i < 12; i++) normal += next();
    return intercept + slope * value + noise * normal;
  });
  return [x, y];
}
