/** What a place without WebAssembly would get. */
export function withoutVectors(create) {
  const { WebAssembly: api } = globalThis;
  delete globalThis.WebAssembly;
  try {
    return create();
  } finally {
    globalThis.WebAssembly = api;
  }
}
