/** A `.wav` file of interleaved samples: 8 bits around 128, 16 bits, or float. */
export function wav(
  sampleRate: number,
  channels: number,
  samples: Uint8Array | Int16Array | Float32Array,
): Buffer {
  const header = Buffer.alloc(44);
  const sampleBytes = samples.BYTES_PER_ELEMENT;
  const [pcm, float] = [1, 3];
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(samples instanceof Float32Array ? float : pcm, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * sampleBytes, 28);
  header.writeUInt16LE(channels * sampleBytes, 32);
  header.writeUInt16LE(8 * sampleBytes, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}
