import { conformanceChecks } from '@robusta/detector/testing';
import { temporalMlp } from '../src/temporal-mlp.js';

for (const { name, run } of conformanceChecks(temporalMlp)) test(name, run);
