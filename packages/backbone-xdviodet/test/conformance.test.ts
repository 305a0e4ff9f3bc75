import { conformanceChecks } from '@robusta/detector/testing';
import { xdviodet } from '../src/index.js';

for (const { name, run } of conformanceChecks(xdviodet)) test(name, run);
