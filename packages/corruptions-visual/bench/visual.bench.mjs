import './pixelwise.bench.mjs';
import './neighbourhood.bench.mjs';
