/** A frame of soft waves of color with a little grain: like a picture, neighbours are alike but not equal. */
export function scene(width, height) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    const x = pixel % width;
    const y = Math.floor(pixel / width);
    const grain = Math.imul(i, 2654435761) >>> 28;
    data[i] = 120 + 60 * Math.sin(x / 37 + (i % 3)) + 50 * Math.cos(y / 23) + grain;
  }
  return { width, height, data };
}
