import type { Whitening } from './whitening.js';

/** Inverse covariances Σ⁻¹ = WᵀW, in the shape of the covariances; the products of rows run along memory. */
export function precisionsOf({ covarianceType: type, factors }: Whitening, dim: number): Float64Array {
  if (type === 'diag' || type === 'spherical') return factors.map((factor) => factor * factor);
  const out = new Float64Array(factors.length);
  for (let start = 0; start < factors.length; start += dim * dim) {
    for (let k = 0; k < dim; k++) {
      const row = start + k * dim;
      for (let i = 0; i <= k; i++) {
        const scale = factors[row + i]!;
        for (let j = 0, at = start + i * dim; j <= i; j++) out[at + j]! += scale * factors[row + j]!;
      }
    }
    for (let i = 0; i < dim; i++) {
      for (let j = 0; j < i; j++) out[start + j * dim + i] = out[start + i * dim + j]!;
    }
  }
  return out;
}

/** U with U·Uᵀ = Σ⁻¹: upper-triangular matrices Wᵀ, or 1/σ. */
export function precisionsCholeskyOf(
  { covarianceType: type, factors }: Whitening,
  dim: number,
): Float64Array {
  if (type === 'diag' || type === 'spherical') return factors.slice();
  const out = new Float64Array(factors.length);
  for (let start = 0; start < factors.length; start += dim * dim) {
    for (let i = 0; i < dim; i++) {
      for (let j = 0; j <= i; j++) out[start + j * dim + i] = factors[start + i * dim + j]!;
    }
  }
  return out;
}
