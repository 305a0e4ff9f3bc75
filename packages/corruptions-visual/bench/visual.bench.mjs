// One after the other: modules that are imported side by side take turns wherever they await.
await import('./pixelwise.bench.mjs');
await import('./neighbourhood.bench.mjs');
