import { type Frame, parseOptions, RobustaError } from '@robusta/core';
import type { z } from 'zod';
import { checkFrame, checkIndex } from './check-frame.js';
import type { FrameKernel } from './definition.js';
import {
  type VISUAL_ALIASES,
  type VisualAlias,
  type VisualCorruption,
  visualCorruptionName,
} from './names.js';
import {
  type FrameParameters,
  type frameOptionFields,
  type SeverityTable,
  withPhysicalParameters,
} from './options.js';
import { frameCorruptions } from './registry.js';

type Built = typeof frameCorruptions;
type Canonical<Name extends string> = Name extends VisualAlias ? (typeof VISUAL_ALIASES)[Name] : Name;

/** What all definitions share, once the name is known only at run time. */
interface AnyDefinition {
  schema: z.ZodType<FrameParameters & { table?: string }>;
  severity: SeverityTable;
  otherTables?: Readonly<Record<string, SeverityTable>>;
  create(options: object): { parameters: object; kernel: FrameKernel };
}

/** The options that every visual corruption takes. */
export type CommonFrameOptions = z.input<z.ZodObject<typeof frameOptionFields>>;

/** The options of a corruption: the common ones and its physical parameters. */
export type FrameCorruptionOptions<Name extends string = string> =
  Canonical<Name> extends keyof Built ? z.input<Built[Canonical<Name>]['schema']> : CommonFrameOptions;

/** The parameters that a corruption uses; JSON-safe, and valid options that give the same bytes again. */
export type FrameCorruptionParameters<Name extends string = string> =
  Canonical<Name> extends keyof Built
    ? ReturnType<Built[Canonical<Name>]['create']>['parameters']
    : Record<string, unknown>;

/** A corruption set up for the frames of one video. */
export interface FrameCorruption<Name extends string = string> {
  readonly name: VisualCorruption;
  readonly parameters: FrameCorruptionParameters<Name>;
  /**
   * Corrupts one frame. A pure function of (options, frame, index): any order, any worker, same bytes.
   * @param frame - of the declared width and height; not written to
   * @param index - 0-based position of the frame in its video
   * @param out - a frame of the same size to write into, in place of a new one; may not share the input's data
   * @returns `out`, or a new frame
   * @throws BAD_INPUT for a frame of another size, data of the wrong length or an index that is no whole number
   */
  apply(frame: Frame, index: number, out?: Frame): Frame;
}

/**
 * Sets up a visual corruption for the frames of one video.
 * @param name - one of VISUAL_CORRUPTIONS, or the paper's spelling (`motion_blur`)
 * @param options - severity, seed of the video, width, height, fps, and the physical parameters by name
 * @throws BAD_OPTION for unknown names, options out of range, and what is not made of single frames: `bit-error`
 *   (of coded streams) and motion blur with `mode: 'temporal'` (of clips, see createClipCorruption)
 */
export function createFrameCorruption<const Name extends VisualCorruption | VisualAlias>(
  name: Name,
  options: FrameCorruptionOptions<Name>,
): FrameCorruption<Name> {
  const resolved = visualCorruptionName(name);
  const what = `createFrameCorruption(${JSON.stringify(name)})`;
  if (resolved === 'bit-error') {
    throw new RobustaError('BAD_OPTION', `${what}: bit errors are in coded streams, not in frames`, {
      hint: 'use corruptMedia of @robusta/media',
    });
  }
  if (resolved === 'motion-blur' && (options as { mode?: string } | undefined)?.mode === 'temporal') {
    throw new RobustaError('BAD_OPTION', `${what}: mode "temporal" needs the neighbours of a frame`, {
      hint: 'use createClipCorruption',
    });
  }
  const definition = frameCorruptions[resolved] as AnyDefinition;
  const checked = parseOptions(definition.schema, options, what);
  const { parameters, kernel } = definition.create(withPhysicalParameters(what, definition, checked));
  const { width, height } = checked;
  return {
    name: resolved,
    parameters: parameters as FrameCorruptionParameters<Name>,
    apply(frame, index, out) {
      checkFrame(frame, width, height, 'frame');
      checkIndex(index);
      const target = out ?? { width, height, data: new Uint8Array(width * height * 3) };
      if (out) {
        checkFrame(out, width, height, 'out');
        if (out.data === frame.data) throw new RobustaError('BAD_INPUT', 'out shares the data of the frame');
      }
      kernel(frame.data, target.data, index);
      return target;
    },
  };
}
