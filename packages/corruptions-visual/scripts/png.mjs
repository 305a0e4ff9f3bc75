import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** An RGB frame as a PNG file; each row with the filter that leaves the smallest differences. */
export function encodePng({ width, height, data }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const rowBytes = 3 * width;
  let above = new Uint8Array(rowBytes);
  const rows = [];
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * rowBytes, (y + 1) * rowBytes);
    rows.push(smallest(filters.map((predict, type) => filtered(row, above, type, predict))));
    above = row;
  }
  const pixels = deflateSync(Buffer.concat(rows), { level: 9 });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** What a byte is predicted to be from those to its left, above it, and above to the left; by type of filter. */
const filters = [
  () => 0,
  (left) => left,
  (_left, up) => up,
  (left, up) => (left + up) >> 1,
  (left, up, corner) => {
    const estimate = left + up - corner;
    const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value));
    if (a <= b && a <= c) return left;
    return b <= c ? up : corner;
  },
];

function filtered(row, above, type, predict) {
  const result = new Uint8Array(row.length + 1);
  result[0] = type;
  for (let i = 0; i < row.length; i++) {
    result[i + 1] = row[i] - predict(row[i - 3] ?? 0, above[i], above[i - 3] ?? 0);
  }
  return result;
}

function smallest(rows) {
  const size = (row) => row.reduce((sum, byte) => sum + Math.min(byte, 256 - byte), 0);
  return rows.reduce((best, row) => (size(row) < size(best) ? row : best));
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
