import { conformanceChecks } from '@robusta/detector/testing';
import { hypervd } from '../src/index.js';

for (const { name, run } of conformanceChecks(hypervd)) test(name, run);
