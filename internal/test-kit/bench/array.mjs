const POOL = 1 << 16;

/** An array of numbers of which only the first 65,536 are drawn, as large ones would take longer to draw than to use. */
export function benchArray(shape, draw) {
  const pool = Float32Array.from({ length: POOL }, draw);
  const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
  for (let i = 0; i < data.length; i++) data[i] = pool[(i * 31 + (i >> 16) * 977) & (POOL - 1)];
  return { shape, data };
}
