/** The normal distribution cut off at bounds: density, mass of an interval, draws. */

const logSqrtTau = 0.5 * Math.log(2 * Math.PI);

/**
 * Complementary error function.
 * @source Numerical Recipes in C, 2nd edition, section 6.2 (erfcc): relative error below 1.2e-7 everywhere
 */
export function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368,
  ];
  const sum = coefficients.reduce((total, coefficient) => total * t + coefficient, 0);
  const tail = t * Math.exp(-z * z - 1.26551223 + t * sum);
  return x >= 0 ? tail : 2 - tail;
}

/** A normal distribution kept inside [low, high]; `mean` lies inside too. */
export interface CutNormal {
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
}

/** Probability that an uncut normal lies in [from, to]. Both tails are computed from their own side, so that far intervals keep digits. */
function mass(mean: number, deviation: number, from: number, to: number): number {
  const scale = deviation * Math.SQRT2;
  const [a, b] = [(from - mean) / scale, (to - mean) / scale];
  return a > 0 ? 0.5 * (erfc(a) - erfc(b)) : 0.5 * (erfc(-b) - erfc(-a));
}

export function logDensity(normal: CutNormal, x: number): number {
  const z = (x - normal.mean) / normal.deviation;
  const inside = mass(normal.mean, normal.deviation, normal.low, normal.high);
  return -0.5 * z * z - logSqrtTau - Math.log(normal.deviation) - Math.log(inside);
}

/** Log probability of [from, to] under the cut normal; -Infinity where it underflows. */
export function logMass(normal: CutNormal, from: number, to: number): number {
  const inside = mass(normal.mean, normal.deviation, normal.low, normal.high);
  return Math.log(Math.max(0, mass(normal.mean, normal.deviation, from, to))) - Math.log(inside);
}

/** A draw, by rejection: the mean lies inside and the deviation is at most the width, so at least a third of the draws are kept. */
export function draw(normal: CutNormal, random: () => number): number {
  for (let tries = 0; tries < 1000; tries++) {
    const radius = Math.sqrt(-2 * Math.log(random()));
    const x = normal.mean + normal.deviation * radius * Math.cos(2 * Math.PI * random());
    if (x >= normal.low && x <= normal.high) return x;
  }
  return normal.mean;
}
