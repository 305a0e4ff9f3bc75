import { type AudioClip, parseOptions, RobustaError } from '@robusta/core';
import { checkChannels, checkFormat } from './clip.js';
import { type AudioCorruptionOptions, type AudioReport, definitionOf } from './corrupt-audio.js';
import type { AudioFormat, AudioStream, LevelPass } from './definition.js';
import { type AudioLevel, AudioLevelSchema } from './level.js';
import type { AudioAlias, AudioCorruption } from './names.js';

/** A corruption for sound that comes in pieces, in constant memory. */
export interface StreamingCorruption<Name extends string = string> {
  /**
   * The measuring pass over the whole sound that must come next, given the level so far; undefined once nothing is
   * missing. Additive noises need one pass, and one more with `peak: 'scale'`; reverb one with `level: 'rms'`;
   * random-dropout one (of which it needs the length) unless `unit` is `samples`; pitch-shift none.
   */
  levelPass(level?: AudioLevel): LevelPass | undefined;
  /**
   * Starts the corrupting pass.
   * @param level - what the measuring passes gave
   * @throws BAD_OPTION where a pass is missing
   */
  start(level?: AudioLevel): CorruptingPass<Name>;
}

/** The corrupting pass; as many samples come out as went in, and the same ones however the sound is cut. */
export interface CorruptingPass<Name extends string = string> {
  /** Takes the next piece (one array a channel; not written to) and gives the samples that are ready. */
  process(channels: readonly Float32Array[]): Float32Array[];
  /** Ends the sound and gives the samples that are left, one array a channel. */
  flush(): Float32Array[];
  /** What was done; measurements are complete after `flush`. */
  report(): AudioReport<Name>;
}

/**
 * Sets up a corruption for sound in pieces. Given the same level it gives the samples of {@link corruptAudio}, bit for
 * bit, whatever the pieces. A live sound, of which no pass can be made beforehand, takes a level from elsewhere:
 * `start({ signalRms: 0.1 })` with `peak: 'clip'` for the noises.
 * @param name - one of AUDIO_CORRUPTIONS but bitrate
 * @param format - sample rate and number of channels of the sound
 * @throws BAD_OPTION, BAD_INPUT as corruptAudio does
 */
export function createAudioCorruption<const Name extends AudioCorruption | AudioAlias>(
  name: Name,
  options: AudioCorruptionOptions<Name>,
  format: AudioFormat,
): StreamingCorruption<Name> {
  checkFormat(format, 'format');
  const { corruption, definition, options: checked } = definitionOf(name, options, 'createAudioCorruption');
  const opened = definition.open({ sampleRate: format.sampleRate, channels: format.channels }, checked);
  const known = (level: AudioLevel) => parseOptions(AudioLevelSchema, level, 'level');
  return {
    levelPass(level = {}) {
      const pass = opened.levelPass(known(level));
      return pass && { ...pass, add: (channels) => pass.add(checkedPiece(channels, format)) };
    },
    start(level = {}) {
      const given = known(level);
      if (opened.levelPass(given)) {
        throw new RobustaError(
          'BAD_OPTION',
          `${corruption}: start() needs one more pass of levelPass() first`,
          {
            hint: "give the level that the last pass returned; for live sound give signalRms, with peak: 'clip' or 'none'",
          },
        );
      }
      const stream = opened.start(given) as AudioStream;
      const whole = (channels: Float32Array[]) =>
        channels.length > 0 ? channels : Array.from({ length: format.channels }, () => new Float32Array(0));
      return {
        process: (channels) => whole(stream.process(checkedPiece(channels, format))),
        flush: () => whole(stream.flush()),
        report: () =>
          ({ corruption, parameters: opened.parameters, measured: stream.measured() }) as AudioReport<Name>,
      };
    },
  };
}

/**
 * Corrupts a sound that can be read several times, in constant memory: makes the measuring passes, then gives the
 * corrupted pieces.
 * @param open - starts reading the sound from its beginning; called once for each pass
 * @returns pieces of the same rate and channels, and at the end the report
 */
export async function* corruptAudioStream<const Name extends AudioCorruption | AudioAlias>(
  open: () => AsyncIterable<AudioClip> | Iterable<AudioClip>,
  name: Name,
  options: AudioCorruptionOptions<Name>,
): AsyncGenerator<AudioClip, AudioReport<Name> | undefined> {
  let format: AudioFormat | undefined;
  let corruption: StreamingCorruption<Name> | undefined;
  let level: AudioLevel = {};
  let pass: LevelPass | CorruptingPass<Name> | undefined;
  const next = () => (pass = corruption!.levelPass(level) ?? corruption!.start(level));
  for (;;) {
    for await (const { sampleRate, channels } of open()) {
      format ??= { sampleRate, channels: channels.length };
      corruption ??= createAudioCorruption(name, options, format);
      if (sampleRate !== format.sampleRate) {
        throw new RobustaError(
          'BAD_INPUT',
          `the sample rate changes from ${format.sampleRate} to ${sampleRate} Hz`,
        );
      }
      pass ??= next();
      if ('add' in pass) pass.add(channels);
      else {
        const ready = pass.process(channels);
        if (ready[0]!.length > 0) yield { sampleRate, channels: ready };
      }
    }
    if (!format || !pass) return undefined;
    if ('add' in pass) level = pass.finish();
    else {
      const rest = pass.flush();
      if (rest[0]!.length > 0) yield { sampleRate: format.sampleRate, channels: rest };
      return pass.report();
    }
    pass = undefined;
  }
}

function checkedPiece(channels: readonly Float32Array[], format: AudioFormat): readonly Float32Array[] {
  if (channels.length !== format.channels) {
    throw new RobustaError(
      'BAD_INPUT',
      `a piece has ${channels.length} channels, the format ${format.channels}`,
    );
  }
  checkChannels(channels, 'piece');
  return channels;
}
