// Writes robusta.schema.json, the JSON Schema of a configuration file, from the built package.
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '@robusta/benchmark';

writeFileSync(
  new URL('../robusta.schema.json', import.meta.url),
  `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
);
