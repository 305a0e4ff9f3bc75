const complex =
  'no complex tensors in a graph; write a Fourier transform as a product with cosines and sines';
const strings = 'no strings in a graph';
const ragged = 'ragged tensors: the shape of the result depends on values';
const valueShape = 'the shape of the result depends on values';
const browser = 'canvas and video of a browser';
const unused = (by: string, how: string) => `no tfjs function calls it: ${by} is traced as ${how}`;

/** Why the kernels of tfjs that are not supported are not. */
export const refusedKernels: Readonly<Record<string, string>> = {
  BroadcastTo: unused('tf.broadcastTo', 'Tile'),
  Complex: complex,
  ComplexAbs: complex,
  Draw: browser,
  FFT: complex,
  FromPixels: browser,
  IFFT: complex,
  Imag: complex,
  LogSoftmax: unused('tf.logSoftmax', 'Max, Sub, Exp, Sum and Log'),
  LogicalXor: unused('tf.logicalXor', 'LogicalAnd, LogicalOr and LogicalNot'),
  LowerBound: unused('tf.lowerBound', 'SearchSorted'),
  MatrixBandPart: unused('tf.linalg.bandPart', 'comparisons and Select'),
  Multinomial:
    'draws in JavaScript and would freeze: compare randomUniform of this package with cumulated shares',
  NonMaxSuppressionV3: valueShape,
  NonMaxSuppressionV4: valueShape,
  NonMaxSuppressionV5: valueShape,
  Pool: unused('tf.pool', 'AvgPool or MaxPool'),
  RaggedGather: ragged,
  RaggedRange: ragged,
  RaggedTensorToTensor: ragged,
  Real: complex,
  SparseFillEmptyRows: valueShape,
  SparseReshape: 'checks values, and its shapes depend on them',
  StaticRegexReplace: strings,
  StringNGrams: strings,
  StringSplit: strings,
  StringToHashBucketFast: strings,
  Transform: 'image warps by computed coordinates; tfjs itself warps the first image of a batch only',
  Unique: valueShape,
  UpperBound: unused('tf.upperBound', 'SearchSorted'),
};

/** What supported kernels are still refused for, or need. */
export const kernelLimits: Readonly<Record<string, string>> = {
  AvgPoolGrad: 'without dimRoundingMode, which tfjs forgets here',
  Conv2DBackpropFilter: 'without dimRoundingMode, which tfjs forgets here',
  Conv2DBackpropInput: 'without dimRoundingMode, which tfjs forgets here',
  DepthwiseConv2dNative: 'NHWC',
  FusedDepthwiseConv2D: 'NHWC',
  MaxPoolGrad: 'without dimRoundingMode, which tfjs forgets here',
  SparseSegmentMean: 'segmentIds constant: the shape depends on them',
  SparseSegmentSum: 'segmentIds constant: the shape depends on them',
};
