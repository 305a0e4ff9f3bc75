/** A frame of a made-up street in the evening: a car and a walker cross it. */
export function street(width, height, t) {
  const data = new Uint8Array(3 * width * height);
  const aspect = width / height;
  const samples = 3;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sum = [0, 0, 0];
      for (let s = 0; s < samples * samples; s++) {
        const u = ((x + ((s % samples) + 0.5) / samples) / width) * aspect;
        const v = (y + (Math.floor(s / samples) + 0.5) / samples) / height;
        colorAt(u, v, t).forEach((value, channel) => {
          sum[channel] += value;
        });
      }
      for (const value of sum) data[i++] = value / (samples * samples);
    }
  }
  return { width, height, data };
}

const houses = [
  { from: 0, to: 0.36, top: 0.22, color: [150, 92, 74] },
  { from: 0.36, to: 0.66, top: 0.36, color: [196, 168, 122] },
  { from: 0.66, to: 0.98, top: 0.14, color: [104, 112, 128] },
  { from: 1.36, to: 1.8, top: 0.28, color: [172, 128, 110] },
];

const inside = (value, from, to) => value >= from && value < to;
const round = (u, v, centerU, centerV, radius) => Math.hypot(u - centerU, v - centerV) < radius;

/** u from 0 to the aspect ratio, v from 0 at the top to 1; time in frames. */
function colorAt(u, v, t) {
  return walkerAt(u, v, 0.35 + 0.006 * t) ?? carAt(u, v, 1.55 - 0.025 * t) ?? lampAt(u, v) ?? backAt(u, v);
}

function backAt(u, v) {
  if (v > 0.72) return roadAt(u, v);
  const house = houses.find(({ from, to, top }) => inside(u, from, to) && v > top);
  if (house) return houseAt(u, v, house);
  if (round(u, v, 1.2, 0.62, 0.16)) return leaf(u, v);
  if (inside(u, 1.185, 1.215) && v > 0.6) return [70, 48, 34];
  if (round(u, v, 1.16, 0.2, 0.06)) return [255, 244, 205];
  return [96 + 120 * v, 148 + 60 * v, 214 - 40 * v];
}

function houseAt(u, v, { from, top, color }) {
  const column = ((u - from) / 0.075) % 1;
  const row = ((v - top) / 0.11) % 1;
  const number = Math.floor((u - from) / 0.075) * 7 + Math.floor((v - top) / 0.11) * 3;
  if (inside(column, 0.3, 0.75) && inside(row, 0.3, 0.8) && v < 0.66) {
    return number % 4 === 0 ? [250, 214, 120] : [54, 66, 84];
  }
  const brick = Math.sin(160 * v) * Math.sin(90 * u + 40 * Math.floor(25 * v)) > 0.6 ? 0.9 : 1;
  return color.map((value) => value * brick);
}

function leaf(u, v) {
  const light = 0.75 + 0.25 * Math.sin(70 * u + 9 * Math.sin(60 * v));
  return [58 * light, 118 * light, 52 * light];
}

function roadAt(u, v) {
  if (v < 0.76) return [168, 164, 158];
  if (inside(v, 0.87, 0.885) && (u / 0.16) % 1 < 0.6) return [236, 232, 214];
  const grain = Math.sin(311 * u + 97 * v) * Math.sin(173 * v - 59 * u);
  return [78, 79, 84].map((value) => value + 7 * grain);
}

function lampAt(u, v) {
  if (round(u, v, 1.04, 0.3, 0.028)) return [255, 236, 170];
  return inside(u, 1.034, 1.046) && inside(v, 0.3, 0.75) ? [44, 46, 52] : undefined;
}

function carAt(u, v, at) {
  const x = u - at;
  if (round(x, v, -0.13, 0.93, 0.045) || round(x, v, 0.13, 0.93, 0.045)) return [24, 24, 28];
  if (inside(v, 0.83, 0.93) && Math.abs(x) < 0.24) return v < 0.85 ? [226, 60, 48] : [190, 28, 26];
  const roof = 0.13 - (v < 0.83 ? 0.6 * (0.83 - v) : 0);
  if (inside(v, 0.74, 0.83) && Math.abs(x) < roof) {
    return Math.abs(x) < 0.012 || v < 0.755 ? [190, 28, 26] : [170, 206, 226];
  }
  return undefined;
}

function walkerAt(u, v, at) {
  if (round(u, v, at, 0.63, 0.022)) return [232, 186, 150];
  if (inside(v, 0.65, 0.72) && Math.abs(u - at) < 0.025) return [40, 92, 190];
  if (inside(v, 0.72, 0.79) && Math.abs(Math.abs(u - at) - 0.012) < 0.009) return [34, 36, 44];
  return undefined;
}
