import { type Frame, parseOptions, RobustaError } from '@robusta/core';
import type { z } from 'zod';
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
  physicalParameters,
  type SeverityTable,
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
 * @throws BAD_OPTION for unknown names, names that are not built yet, and options out of range
 */
export function createFrameCorruption<const Name extends VisualCorruption | VisualAlias>(
  name: Name,
  options: FrameCorruptionOptions<Name>,
): FrameCorruption<Name> {
  const resolved = visualCorruptionName(name);
  if (!Object.hasOwn(frameCorruptions, resolved)) {
    const built = Object.keys(frameCorruptions).join(', ');
    throw new RobustaError('BAD_OPTION', `${resolved} is not built for single frames; built are ${built}`, {
      hint: `choose one of ${built}`,
    });
  }
  const definition = frameCorruptions[resolved as keyof Built] as AnyDefinition;
  const what = `createFrameCorruption(${JSON.stringify(name)})`;
  const checked = parseOptions(definition.schema, options, what);
  const table = definition.otherTables?.[checked.table ?? ''] ?? definition.severity;
  const physical = physicalParameters(what, table, checked);
  const { parameters, kernel } = definition.create({ ...checked, ...physical });
  const { width, height } = checked;
  return {
    name: resolved,
    parameters: parameters as FrameCorruptionParameters<Name>,
    apply(frame, index, out) {
      checkFrame(frame, width, height, 'frame');
      if (!(Number.isSafeInteger(index) && index >= 0)) {
        throw new RobustaError('BAD_INPUT', `index must be a whole number from 0, received ${index}`);
      }
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

function checkFrame(frame: Frame, width: number, height: number, what: string): void {
  if (frame.width !== width || frame.height !== height) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what} is ${frame.width}x${frame.height}, but the corruption was made for ${width}x${height}`,
      { hint: 'create one corruption for each size of frame' },
    );
  }
  if (!(frame.data instanceof Uint8Array) || frame.data.length !== width * height * 3) {
    throw new RobustaError(
      'BAD_INPUT',
      `${what} of ${width}x${height} must hold ${width * height * 3} bytes in a Uint8Array, ` +
        `received ${frame.data?.length} in ${frame.data?.constructor.name}`,
    );
  }
}
