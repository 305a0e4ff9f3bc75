import asc from 'assemblyscript/asc';
import { buildKernels } from '../../../scripts/build-kernels.mjs';

await buildKernels(asc, import.meta.url);
