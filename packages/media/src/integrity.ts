import type { FileHandle } from 'node:fs/promises';

/** What the outermost structure of a file says about its completeness. */
export interface Integrity {
  /** ISO base media (MP4, MOV), whose samples are useless without their index. */
  isoMedia: boolean;
  /** The file is shorter than its container declares. */
  truncated: boolean;
}

const isoTypes = new Set([
  'ftyp',
  'styp',
  'moov',
  'moof',
  'mdat',
  'free',
  'skip',
  'wide',
  'pnot',
  'uuid',
  'sidx',
]);

/** Reads only the headers of the outermost boxes; understands MP4/MOV, RIFF (AVI, WAV) and Matroska/WebM. */
export async function checkIntegrity(file: FileHandle, size: number): Promise<Integrity> {
  const head = await readAt(file, 0, 64);
  const type = head.toString('latin1', 4, 8);
  if (head.length >= 8 && isoTypes.has(type)) return checkIsoMedia(file, size);
  if (head.length >= 12 && head.toString('latin1', 0, 4) === 'RIFF') {
    const declared = head.readUInt32LE(4);
    // Streamed files have 0 or the largest number for "unknown".
    const known = declared !== 0 && declared < 0xffffff00;
    return { isoMedia: false, truncated: known && declared + 8 > size + 1 };
  }
  if (head.length >= 5 && head.readUInt32BE(0) === 0x1a45dfa3) {
    return { isoMedia: false, truncated: await isMatroskaCut(file, size, head) };
  }
  return { isoMedia: false, truncated: false };
}

async function checkIsoMedia(file: FileHandle, size: number): Promise<Integrity> {
  let position = 0;
  let index = false;
  let cut = false;
  while (position + 8 <= size) {
    const header = await readAt(file, position, 16);
    const type = header.toString('latin1', 4, 8);
    let length = header.readUInt32BE(0);
    if (length === 1 && header.length === 16) length = Number(header.readBigUInt64BE(8));
    else if (length === 0) length = size - position;
    if (length < 8 || !/^[\x20-\x7e\xa9]{4}$/.test(type)) break;
    if (type === 'moov' || type === 'moof') index = true;
    if (position + length > size && isoTypes.has(type)) cut = true;
    position += length;
  }
  return { isoMedia: true, truncated: cut || !index };
}

/** The EBML header is followed by one Segment of a declared (or all ones: unknown) size. */
async function isMatroskaCut(file: FileHandle, size: number, head: Buffer): Promise<boolean> {
  const header = readVariableInteger(head, 4);
  if (!header?.known) return false;
  const position = 4 + header.bytes + header.value;
  const segment = await readAt(file, position, 16);
  if (segment.length < 5 || segment.readUInt32BE(0) !== 0x18538067) return false;
  const length = readVariableInteger(segment, 4);
  return length?.known === true && position + 4 + length.bytes + length.value > size;
}

function readVariableInteger(bytes: Buffer, offset: number) {
  const first = bytes[offset] ?? 0;
  const length = Math.clz32(first) - 23;
  if (length > 8 || offset + length > bytes.length) return undefined;
  let value = first & (0xff >> length);
  let known = value !== 0xff >> length;
  for (let i = 1; i < length; i++) {
    const byte = bytes[offset + i]!;
    value = value * 256 + byte;
    known ||= byte !== 0xff;
  }
  return { value, bytes: length, known };
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
