import type { Severity } from '@robusta/core';

/** What a codec is told. */
export interface BitrateParameters {
  /** Bit rate of the coded stream, kbit/s. */
  kbps: number;
  /** Sample rate that the codec works at, Hz; null for the sound's own. */
  codecSampleRate: number | null;
}

/**
 * Bit rates of MP3 at constant rate. MP3 has no rate below 32 kbit/s from 32 kHz up, hence the lower sample rate from
 * severity 3 on. The round trip itself needs a codec: `@robusta/media` makes it.
 */
export const bitrateSeverity: Readonly<Record<Severity, Readonly<BitrateParameters>>> = {
  1: { kbps: 64, codecSampleRate: null },
  2: { kbps: 32, codecSampleRate: null },
  3: { kbps: 24, codecSampleRate: 16000 },
  4: { kbps: 16, codecSampleRate: 16000 },
  5: { kbps: 8, codecSampleRate: 16000 },
};
