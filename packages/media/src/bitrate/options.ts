import { RobustaError, type Severity, SeveritySchema } from '@robusta/core';
import { SEVERITY } from '@robusta/corruptions-audio';
import { z } from 'zod';

/** The severities of the mode `bit-error`, on AAC at 96 kbit/s. */
export const packetErrorSeverity: Readonly<Record<Severity, { readonly bytesPerError: number }>> = {
  1: { bytesPerError: 20_000 },
  2: { bytesPerError: 10_000 },
  3: { bytesPerError: 5000 },
  4: { bytesPerError: 2000 },
  5: { bytesPerError: 1000 },
};

const PACKET_ERROR_KBPS = 96;

export const bitrateFields = {
  severity: SeveritySchema.optional().describe(
    '1 (weak) to 5; may be left out where the parameters say it all',
  ),
  seed: z
    .int()
    .min(0)
    .max(0xffffffff)
    .default(0)
    .describe('where the counter of `bit-error` starts; a codec alone has no randomness'),
  mode: z
    .enum(['codec', 'bit-error'])
    .default('codec')
    .describe('a low bit rate, or damaged packets at a fair one'),
  codec: z
    .enum(['mp3', 'aac', 'opus'])
    .optional()
    .describe('what encodes: MP3 by LAME, AAC or Opus; left out: MP3, in mode `bit-error` AAC'),
  kbps: z.number().min(6).max(512).optional().describe('constant bit rate of each pair of channels, kbit/s'),
  codecSampleRate: z
    .int()
    .min(7350)
    .max(96_000)
    .nullable()
    .optional()
    .describe('sample rate of the codec, Hz; null is that of the sound or the next one that the codec has'),
  bytesPerError: z
    .int()
    .min(1)
    .max(0xffffffff)
    .optional()
    .describe('mode `bit-error`: one byte in so many is replaced'),
};

export const BitrateOptionsSchema = z
  .strictObject(bitrateFields)
  .refine(({ mode, bytesPerError }) => mode === 'bit-error' || bytesPerError === undefined, {
    path: ['bytesPerError'],
    error: "belongs to mode 'bit-error'",
  });

/** Options of the corruption `bitrate`: a severity, or a bit rate. */
export type BitrateOptions = z.input<typeof BitrateOptionsSchema>;
export type CheckedBitrateOptions = z.output<typeof BitrateOptionsSchema>;

/** What a codec is asked for, for one or two channels. */
export interface CodecSettings {
  codec: 'mp3' | 'aac' | 'opus';
  kbps: number;
  codecSampleRate: number;
  bytesPerError: number | undefined;
  seed: number;
}

const rates = {
  mp3: [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000],
  aac: [8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000],
  // It decodes at 48 kHz whatever it was given, and narrows the band by itself.
  opus: [48_000],
};

/** Constant bit rates that LAME has at a sample rate; it takes others to be the nearest without a word. */
function mp3Kbps(rate: number): readonly number[] {
  if (rate >= 32_000) return [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
  const low = [8, 16, 24, 32, 40, 48, 56, 64];
  return rate >= 16_000 ? [...low, 80, 96, 112, 128, 144, 160] : low;
}

/**
 * Decides on codec, rate and bit rate for sound.
 * @throws BAD_OPTION for a bit rate or sample rate that was asked for and that the codec does not have
 */
export function codecSettings(
  options: CheckedBitrateOptions,
  sampleRate: number,
  channelCount: number,
): CodecSettings {
  const { mode, severity, seed } = options;
  const damaged = mode === 'bit-error';
  const codec = options.codec ?? (damaged ? 'aac' : 'mp3');
  const row = severity === undefined ? undefined : SEVERITY.bitrate[severity];
  const wantedKbps = options.kbps ?? (damaged ? PACKET_ERROR_KBPS : row?.kbps);
  const wantedRate = options.codecSampleRate ?? (damaged ? null : (row?.codecSampleRate ?? null));
  const bytesPerError = damaged
    ? (options.bytesPerError ?? (severity && packetErrorSeverity[severity].bytesPerError))
    : undefined;
  if (wantedKbps === undefined || (damaged && bytesPerError === undefined)) {
    const missing = damaged ? 'bytesPerError' : 'kbps';
    throw new RobustaError('BAD_OPTION', `bitrate: neither severity nor ${missing} given`, {
      hint: `give a severity from 1 to 5, or ${missing}`,
    });
  }
  const codecRate = chooseRate(codec, wantedRate ?? sampleRate);
  const { codecSampleRate: asked } = options;
  if (asked && codec !== 'opus' && codecRate !== asked) {
    throw new RobustaError('BAD_OPTION', `bitrate: ${codec} has no sample rate of ${asked} Hz`, {
      hint: `use one of ${rates[codec].join(', ')}, or null for that of the sound`,
    });
  }
  const kbps = chooseKbps(codec, wantedKbps, codecRate, Math.min(2, channelCount));
  if (options.kbps !== undefined && kbps !== options.kbps) {
    const hint =
      codec === 'mp3'
        ? `use one of ${mp3Kbps(codecRate).join(', ')} kbit/s, or a lower codecSampleRate for lower bit rates`
        : `the nearest that it has is ${kbps} kbit/s`;
    throw new RobustaError(
      'BAD_OPTION',
      `bitrate: ${codec} cannot do ${options.kbps} kbit/s at ${codecRate} Hz`,
      { hint },
    );
  }
  return { codec, kbps, codecSampleRate: codecRate, bytesPerError, seed };
}

/** The next rate that a codec has, its highest for those above. */
function chooseRate(codec: CodecSettings['codec'], wanted: number): number {
  return rates[codec].find((rate) => rate >= wanted) ?? rates[codec].at(-1)!;
}

/** The nearest bit rate that a codec has. */
function chooseKbps(codec: CodecSettings['codec'], wanted: number, rate: number, channels: number): number {
  if (codec === 'mp3') {
    return mp3Kbps(rate).reduce((best, kbps) =>
      Math.abs(kbps - wanted) < Math.abs(best - wanted) ? kbps : best,
    );
  }
  // A frame of AAC has at most 6144 bits a channel for its 1024 samples.
  const [low, high] = codec === 'aac' ? [8, (6 * rate * channels) / 1000] : [6, 256 * channels];
  return Math.max(low, Math.min(high, wanted));
}
