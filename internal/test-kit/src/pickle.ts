/** Pickles of protocol 2, put together as text, a byte a character. */
export const uint32 = (n: number) =>
  String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255);

export const MARK = '(';
export const NONE = 'N';
export const global = (module: string, name: string) => `c${module}\n${name}\n`;
export const int = (n: number) => `J${uint32(n)}`;
export const text = (s: string) => `X${uint32(s.length)}${s}`;
export const tuple = (...items: string[]) => `(${items.join('')}t`;
export const ints = (numbers: readonly number[]) => tuple(...numbers.map(int));
export const list = (...items: string[]) => `](${items.join('')}e`;
/** Adds entries to the dictionary that was made before. */
export const items = (entries: Record<string, string>) =>
  `(${Object.entries(entries)
    .map(([key, value]) => text(key) + value)
    .join('')}u`;
export const dict = (entries: Record<string, string>) => `}${items(entries)}`;
export const call = (module: string, name: string, ...args: string[]) =>
  `${global(module, name)}${tuple(...args)}R`;
export const ordered = () => call('collections', 'OrderedDict');
export const pickle = (value: string) => `\x80\x02${value}.`;

/** A storage of `torch.<type>Storage`, as pickles name it. */
export const storage = (type: string, key: string, count: number, ...view: string[]) =>
  `${tuple(text('storage'), global('torch', `${type}Storage`), text(key), text('cpu'), int(count), ...view)}Q`;

export const tensor = (of: string, offset: number, shape: readonly number[], stride: readonly number[]) =>
  call('torch._utils', '_rebuild_tensor_v2', of, int(offset), ints(shape), ints(stride), '\x89', ordered());
