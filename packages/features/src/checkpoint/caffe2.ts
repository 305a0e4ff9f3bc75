import type { TensorData } from '@robusta/tensor-io';

/** Where Caffe2's files keep their arrays. */
const BLOBS = 'blobs.';

const parts: Readonly<Record<string, string>> = {
  w: 'weight',
  b: 'bias',
  bn_s: 'weight',
  bn_b: 'bias',
  bn_rm: 'running_mean',
  // The name says inverse variance; the file has the variance.
  bn_riv: 'running_var',
};

/** Whether the paths are those of a Caffe2 file. */
export const isCaffe2 = (names: readonly string[]): boolean =>
  names.some((name) => name.startsWith(`${BLOBS}res_conv1_bn_`));

/**
 * The tensors of a Caffe2 file of the I3D ResNet-50 by their names in PyTorch; momenta, counters and other blobs that are
 * no weights of it keep their names.
 */
export function fromCaffe2(tensors: Readonly<Record<string, TensorData>>): {
  tensors: Record<string, TensorData>;
  ignored: string[];
} {
  const renamed: [string, TensorData][] = [];
  const ignored: string[] = [];
  for (const [path, tensor] of Object.entries(tensors)) {
    const blob = path.startsWith(BLOBS) ? path.slice(BLOBS.length) : path;
    const name = torchName(blob);
    const state = blob.endsWith('_momentum') || tensor.shape.length === 0 || tensor.data.length === 1;
    if (name === undefined && state) ignored.push(path);
    else renamed.push([name ?? path, tensor]);
  }
  return { tensors: Object.fromEntries(renamed), ignored };
}

/** `res2_0_branch2a_bn_s` to `layer1.0.bn1.weight`. */
function torchName(blob: string): string | undefined {
  const [, head, suffix] = /^(.*?)_(w|b|bn_s|bn_b|bn_rm|bn_riv)$/.exec(blob) ?? [];
  if (head === undefined) return undefined;
  const part = parts[suffix!]!;
  const norm = suffix!.startsWith('bn_');
  if (head === 'conv1' && suffix === 'w') return 'conv1.weight';
  if (head === 'res_conv1' && norm) return `bn1.${part}`;
  if (head === 'pred' && !norm) return `fc.${part}`;
  const branch = /^res(\d)_(\d+)_branch(1|2a|2b|2c)$/.exec(head);
  if (branch) {
    const block = `layer${Number(branch[1]) - 1}.${branch[2]}`;
    if (branch[3] === '1') return `${block}.downsample.${norm ? 1 : 0}.${part}`;
    const place = 'abc'.indexOf(branch[3]![1]!) + 1;
    return `${block}.${norm ? 'bn' : 'conv'}${place}.${part}`;
  }
  const around = /^nonlocal_conv(\d)_(\d+)(?:_(theta|phi|g|out))?$/.exec(head);
  if (!around) return undefined;
  const block = `layer${Number(around[1]) - 1}.${around[2]}.nl`;
  if (norm) return around[3] === undefined ? `${block}.bn.${part}` : undefined;
  return around[3] === undefined ? undefined : `${block}.${around[3]}.${part}`;
}
