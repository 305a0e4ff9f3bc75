import type { Span } from './byte-noise.js';

/** What damage keeps away from: nothing; the lengths of NAL units; also their first byte and units without picture. */
export type Protect = 'none' | 'lengths' | 'headers';

/** Types of NAL units that carry slices of pictures (H.264, table 7-1). */
const isSlice = (type: number) => type >= 1 && type <= 5;

/**
 * The spans of an H.264 packet that stay whole.
 * @param lengthSize - bytes of the length before each NAL unit, 0 where start codes separate them
 */
export function sparedSpans(packet: Uint8Array, protect: Protect, lengthSize: number): Span[] {
  if (protect === 'none') return [];
  const spans: Span[] = [];
  for (const { at, from, to } of lengthSize > 0 ? byLength(packet, lengthSize) : byStartCode(packet)) {
    const whole = protect === 'headers' && !isSlice(packet[from]! & 31);
    spans.push([at, whole ? to : protect === 'headers' ? from + 1 : from]);
  }
  return spans;
}

/** One NAL unit: its length or start code begins at `at`, its header byte is `from`. */
interface Unit {
  at: number;
  from: number;
  to: number;
}

function* byLength(packet: Uint8Array, size: number): Generator<Unit> {
  for (let at = 0; at + size < packet.length; ) {
    let length = 0;
    for (let i = 0; i < size; i++) length = length * 256 + packet[at + i]!;
    const from = at + size;
    const to = Math.min(packet.length, from + length);
    yield { at, from, to: Math.max(to, from + 1) };
    at = Math.max(to, from + 1);
  }
}

function* byStartCode(packet: Uint8Array): Generator<Unit> {
  let at = nextStartCode(packet, 0);
  while (at + 3 < packet.length) {
    const to = nextStartCode(packet, at + 3);
    yield { at, from: at + 3, to };
    at = to;
  }
}

function nextStartCode(packet: Uint8Array, from: number): number {
  for (let i = from; i + 2 < packet.length; i++) {
    if (packet[i] === 0 && packet[i + 1] === 0 && packet[i + 2] === 1) return i;
  }
  return packet.length;
}

/** Bytes of the lengths, from the decoder configuration of a stream: 0 where that is not an `avcC` record. */
export function lengthSizeOf(extradata: Uint8Array | null): number {
  return extradata && extradata.length >= 7 && extradata[0] === 1 ? (extradata[4]! & 3) + 1 : 0;
}
