import { z } from 'zod';
import { BenchmarkConfigSchema } from '../run/config.js';
import { PRESET_NAMES } from './presets.js';

/** How the command carries a run out; nothing of it changes the numbers. */
const CarryOutSchema = z.strictObject({
  workers: z.number().int().min(1).max(256).optional().describe('extraction jobs at a time'),
  queue: z.string().min(1).optional().describe('Redis server whose workers do the extraction'),
  queueName: z.string().min(1).optional().describe('of the queue on that server'),
  keepGoing: z.boolean().optional().describe('exit 0 even if some videos had to be skipped'),
  newRun: z
    .boolean()
    .optional()
    .describe('a run of its own beside those of other configurations in the workspace'),
});

const ShowSchema = z.strictObject({
  tables: z.array(z.string().min(1)).optional().describe('printed after the run, e.g. `I`'),
  figures: z.array(z.string().min(1)).optional().describe('written after the run, e.g. `4`'),
  json: z.boolean().optional().describe('one JSON object on stdout instead of tables'),
});

const { dataset, root, workspace, ...defaulted } = BenchmarkConfigSchema.shape;

/** Checks a `robusta.json`: what a run is, and how the command carries it out. Every flag of the command has its key. */
export const ConfigFileSchema = z
  .strictObject({
    $schema: z.string().optional().describe('for editors'),
    preset: z.enum(PRESET_NAMES).optional().describe('what this file and the flags are put over'),
    dataset: dataset.optional(),
    root: root.optional(),
    workspace: workspace.optional(),
    ...defaulted,
    run: CarryOutSchema.optional().describe('how the command carries a run out: changes no number'),
    show: ShowSchema.optional().describe('what the command shows of it'),
  })
  .describe('Configuration of robusta benchmark. Relative paths start at the folder of the file.');

/** Content of a `robusta.json`, defaults not filled in. */
export type ConfigFile = z.input<typeof ConfigFileSchema>;

/** A JSON Schema (draft 2020-12) of {@link ConfigFile}, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(ConfigFileSchema, { io: 'input', unrepresentable: 'any' });
}
