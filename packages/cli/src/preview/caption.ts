/** How a parameter of a severity table is written below a picture. */
const phrases: Record<string, (value: number) => string> = {
  bytesPerError: (value) => `1 byte in ${value}`,
  pixelsPerDrop: (value) => `${value} px/drop`,
  length: (value) => `length ${value} px`,
  radius: (value) => `radius ${value} px`,
  sigma: (value) => `σ ${value} px`,
  snrDb: (value) => `SNR ${value} dB`,
  kbps: (value) => `${value} kbit/s`,
  codecSampleRate: (value) => `at ${value / 1000} kHz`,
  semitones: (value) => `±${value} semitones`,
  share: (value) => `${Number((100 * value).toFixed(3))} % of the time`,
  rt60Seconds: (value) => `RT60 ${value} s`,
  delayMs: (value) => `echo ${value} ms`,
  dopplerHz: (value) => `${value} Hz`,
  clicksPerSecond: (value) => `${value} clicks/s`,
  drrDb: (value) => `direct/reverberant ${value} dB`,
};

/** `{ strength: 2.5, snrDb: 7 }` → `strength 2.5 · SNR 7 dB`. */
export function describeParameters(parameters: object): string {
  return Object.entries(parameters)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => phrases[name]?.(value) ?? `${words(name)} ${value}`)
    .join(' · ');
}

/** `someLength` → `some length`. */
const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
