const NEAR = Math.tan(Math.PI / 16);
const FAR = Math.tan((3 * Math.PI) / 16);

/** Unsigned orientation of (x, y) in eight bins of 22.5 degrees; bin 0 is centred on the x axis, 4 on the y axis. */
export function orientationBin(x: number, y: number): number {
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  let bin: number;
  if (ay < NEAR * ax) return 0;
  if (ax < NEAR * ay) return 4;
  if (ay < FAR * ax) bin = 1;
  else if (ax < FAR * ay) bin = 3;
  else bin = 2;
  return x > 0 === y > 0 ? bin : 8 - bin;
}
