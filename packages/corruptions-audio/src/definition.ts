import type { AudioClip } from '@robusta/core';
import type { z } from 'zod';
import type { AudioLevel } from './level.js';
import type { SeverityTable } from './options.js';

/** The form of a sound. */
export interface AudioFormat {
  /** Hz, 8000 to 192000. */
  sampleRate: number;
  /** Number of channels, at least 1. */
  channels: number;
}

/** A pass over a whole sound that measures what a later pass needs. */
export interface LevelPass {
  /** Takes the next piece: one array a channel, of one length; not written to. */
  add(channels: readonly Float32Array[]): void;
  /** What is known after this pass, with what was known before it. */
  finish(): AudioLevel;
}

/** A sound on its way through a corruption. Any cut into pieces gives the same samples. */
export interface AudioStream<Measured extends object = object> {
  /**
   * Takes the next piece (not written to) and gives the samples that are ready: perhaps fewer, perhaps none.
   * @param into - where the samples may be put, from the start on, in place of new arrays
   */
  process(channels: readonly Float32Array[], into?: readonly Float32Array[]): Float32Array[];
  /** Ends the sound and gives the rest: as many samples have come out as went in. */
  flush(): Float32Array[];
  /** What came out on the way; complete after `flush`. */
  measured(): Measured;
}

/** A corruption set up for one form of sound. */
export interface OpenedCorruption<Parameters extends object = object, Measured extends object = object> {
  parameters: Parameters;
  /** The pass that must come next, given what is known; undefined where nothing is missing. */
  levelPass(level: AudioLevel): LevelPass | undefined;
  /** Starts the pass that corrupts. */
  start(level: AudioLevel): AudioStream<Measured>;
}

/** What a corruption gives: new samples, the parameters used, and what was measured on the way. */
export interface AudioResult<Parameters extends object, Measured extends object> {
  channels: Float32Array[];
  parameters: Parameters;
  measured: Measured;
}

/** One audio corruption: its options, its published table, and the function itself. */
export interface AudioCorruptionDefinition<
  Schema extends z.ZodType = z.ZodType,
  Key extends string = string,
  Parameters extends object = object,
  Measured extends object = object,
> {
  schema: Schema;
  severity: SeverityTable<Key>;
  /**
   * Sets up the corruption.
   * @param result - for a sound in memory, the arrays of its result: what one pass has made may be kept for the next,
   *   in these arrays too, whose pieces are read before they are written
   */
  open(
    format: AudioFormat,
    options: z.output<Schema>,
    result?: readonly Float32Array[],
  ): OpenedCorruption<Parameters, Measured>;
}

/** Infers the type parameters of a definition. */
export function defineAudioCorruption<
  Schema extends z.ZodType,
  Key extends string,
  Parameters extends object,
  Measured extends object,
>(definition: AudioCorruptionDefinition<Schema, Key, Parameters, Measured>) {
  return definition;
}

/** Samples that the whole-clip form passes on at a time: what is made on the way stays in the cache. */
const PIECE = 8192;

/** The whole-clip form: all passes over the clip. */
export function applyToClip<Parameters extends object, Measured extends object>(
  definition: {
    open(
      format: AudioFormat,
      options: object,
      result?: readonly Float32Array[],
    ): OpenedCorruption<Parameters, Measured>;
  },
  { sampleRate, channels }: AudioClip,
  options: object,
): AudioResult<Parameters, Measured> {
  const samples = channels[0]!.length;
  const result = channels.map(() => new Float32Array(samples));
  const opened = definition.open({ sampleRate, channels: channels.length }, options, result);
  const eachPiece = (take: (piece: Float32Array[]) => void) => {
    for (let at = 0; at < samples; at += PIECE) take(channels.map((own) => own.subarray(at, at + PIECE)));
  };
  let level: AudioLevel = { samples };
  for (let pass = opened.levelPass(level); pass; pass = opened.levelPass(level)) {
    eachPiece(pass.add);
    level = pass.finish();
  }
  const stream = opened.start(level);
  let ready = 0;
  const keep = (pieces: Float32Array[]) => {
    pieces.forEach((piece, c) => {
      if (piece.buffer !== result[c]!.buffer) result[c]!.set(piece, ready);
    });
    ready += pieces[0]?.length ?? 0;
  };
  eachPiece((piece) =>
    keep(
      stream.process(
        piece,
        result.map((samples) => samples.subarray(ready)),
      ),
    ),
  );
  keep(stream.flush());
  return { channels: result, parameters: opened.parameters, measured: stream.measured() };
}
