/*
 * MP4 files with what no plain writer makes: turned pictures, frames at chosen times, damage in the middle.
 */

/** Boxes that hold the table of times of a track. */
const PATH = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stts'];

/** Sets the display matrix of the first track, so that players turn its pictures by 90 degrees clockwise. */
export function turned(mp4: Buffer): Buffer {
  const bytes = Buffer.from(mp4);
  const matrix = bytes.indexOf('tkhd') + 4 + 40;
  [0, 1, 0, -1, 0].forEach((value, i) => void bytes.writeInt32BE(value * 65536, matrix + 4 * i));
  return bytes;
}

/** Gives each frame of the first track a duration of its own, as a multiple of the one that all have. */
export function paced(mp4: Buffer, durations: readonly number[]): Buffer {
  const boxes = boxesOf(mp4);
  const stts = boxes.at(-1)!;
  const step = mp4.readUInt32BE(stts + 20);
  const table = Buffer.alloc(16 + 8 * durations.length);
  table.writeUInt32BE(table.length, 0);
  table.write('stts', 4);
  table.writeUInt32BE(durations.length, 12);
  durations.forEach((times, i) => {
    table.writeUInt32BE(1, 16 + 8 * i);
    table.writeUInt32BE(step * times, 20 + 8 * i);
  });
  const growth = table.length - mp4.readUInt32BE(stts);
  const bytes = Buffer.from(mp4);
  // The list of edits would end the track where it ended before.
  bytes.write('free', bytes.indexOf('edts'));
  for (const box of boxes.slice(0, -1)) bytes.writeUInt32BE(bytes.readUInt32BE(box) + growth, box);
  // Pictures that lie behind the index move with it.
  const chunks = bytes.indexOf('stco');
  if (bytes.indexOf('mdat') > boxes[0]!) {
    for (let i = 0; i < bytes.readUInt32BE(chunks + 8); i++) {
      const at = chunks + 12 + 4 * i;
      bytes.writeUInt32BE(bytes.readUInt32BE(at) + growth, at);
    }
  }
  const end = stts + mp4.readUInt32BE(stts);
  return Buffer.concat([bytes.subarray(0, stts), table, bytes.subarray(end)]);
}

/** Overwrites a part of the pictures, `from` and `to` as shares of all of them. */
export function damaged(mp4: Buffer, from: number, to: number): Buffer {
  const bytes = Buffer.from(mp4);
  const data = bytes.indexOf('mdat');
  const length = bytes.readUInt32BE(data - 4) - 8;
  for (let i = Math.floor(from * length); i < Math.floor(to * length); i++) {
    bytes[data + 4 + i] = Math.imul(i, 2654435761) >>> 24;
  }
  return bytes;
}

/** Where each box of the {@link PATH} begins. */
function boxesOf(bytes: Buffer): number[] {
  const found: number[] = [];
  let [at, end] = [0, bytes.length];
  for (const name of PATH) {
    while (bytes.toString('latin1', at + 4, at + 8) !== name) {
      at += bytes.readUInt32BE(at);
      if (at >= end) throw new Error(`the file has no box ${name}`);
    }
    found.push(at);
    end = at + bytes.readUInt32BE(at);
    at += 8;
  }
  return found;
}
