// Preloaded: remembers every native library that the process loads.
const loaded = [];
const load = process.dlopen;
process.dlopen = function dlopen(module, file, ...rest) {
  loaded.push(file);
  return load.call(process, module, file, ...rest);
};
globalThis.nativeLibraries = loaded;
