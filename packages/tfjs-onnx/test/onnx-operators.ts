/**
 * Operators of ONNX's default domain as of operator set 18, from the public operator schemas: numbers of inputs and of
 * outputs, then the attributes with the number of their type in AttributeProto, `!` behind those that are required.
 */
const TABLE = `
Abs 1-1 1-1
Acos 1-1 1-1
Acosh 1-1 1-1
Add 2-2 1-1
And 2-2 1-1
ArgMax 1-1 1-1 axis:2 keepdims:2 select_last_index:2
ArgMin 1-1 1-1 axis:2 keepdims:2 select_last_index:2
Asin 1-1 1-1
Asinh 1-1 1-1
Atan 1-1 1-1
Atanh 1-1 1-1
AveragePool 1-1 1-1 auto_pad:3 ceil_mode:2 count_include_pad:2 kernel_shape!:7 pads:7 strides:7
BatchNormalization 5-5 1-3 epsilon:1 momentum:1 training_mode:2
Bernoulli 1-1 1-1 dtype:2 seed:1
BitShift 2-2 1-1 direction!:3
BitwiseAnd 2-2 1-1
BitwiseNot 1-1 1-1
BitwiseOr 2-2 1-1
BitwiseXor 2-2 1-1
BlackmanWindow 1-1 1-1 output_datatype:2 periodic:2
Cast 1-1 1-1 to!:2
CastLike 2-2 1-1
Ceil 1-1 1-1
Celu 1-1 1-1 alpha:1
CenterCropPad 2-2 1-1 axes:7
Clip 1-3 1-1
Col2Im 3-3 1-1 dilations:7 pads:7 strides:7
Compress 2-2 1-1 axis:2
Concat 1-* 1-1 axis!:2
ConcatFromSequence 1-1 1-1 axis!:2 new_axis:2
Constant 0-0 1-1 sparse_value:11 value:4 value_float:1 value_floats:6 value_int:2 value_ints:7 value_string:3 value_strings:8
ConstantOfShape 1-1 1-1 value:4
Conv 2-3 1-1 auto_pad:3 dilations:7 group:2 kernel_shape:7 pads:7 strides:7
ConvInteger 2-4 1-1 auto_pad:3 dilations:7 group:2 kernel_shape:7 pads:7 strides:7
ConvTranspose 2-3 1-1 auto_pad:3 dilations:7 group:2 kernel_shape:7 output_padding:7 output_shape:7 pads:7 strides:7
Cos 1-1 1-1
Cosh 1-1 1-1
CumSum 2-2 1-1 exclusive:2 reverse:2
DFT 1-2 1-1 axis:2 inverse:2 onesided:2
DepthToSpace 1-1 1-1 blocksize!:2 mode:3
DequantizeLinear 2-3 1-1 axis:2
Det 1-1 1-1
Div 2-2 1-1
Dropout 1-3 1-2 seed:2
DynamicQuantizeLinear 1-1 3-3
Einsum 1-* 1-1 equation!:3
Elu 1-1 1-1 alpha:1
Equal 2-2 1-1
Erf 1-1 1-1
Exp 1-1 1-1
Expand 2-2 1-1
EyeLike 1-1 1-1 dtype:2 k:2
Flatten 1-1 1-1 axis:2
Floor 1-1 1-1
GRU 3-6 0-2 activation_alpha:6 activation_beta:6 activations:8 clip:1 direction:3 hidden_size:2 layout:2 linear_before_reset:2
Gather 2-2 1-1 axis:2
GatherElements 2-2 1-1 axis:2
GatherND 2-2 1-1 batch_dims:2
Gemm 2-3 1-1 alpha:1 beta:1 transA:2 transB:2
GlobalAveragePool 1-1 1-1
GlobalLpPool 1-1 1-1 p:2
GlobalMaxPool 1-1 1-1
Greater 2-2 1-1
GreaterOrEqual 2-2 1-1
GridSample 2-2 1-1 align_corners:2 mode:3 padding_mode:3
HammingWindow 1-1 1-1 output_datatype:2 periodic:2
HannWindow 1-1 1-1 output_datatype:2 periodic:2
HardSigmoid 1-1 1-1 alpha:1 beta:1
HardSwish 1-1 1-1
Hardmax 1-1 1-1 axis:2
Identity 1-1 1-1
InstanceNormalization 3-3 1-1 epsilon:1
IsInf 1-1 1-1 detect_negative:2 detect_positive:2
IsNaN 1-1 1-1
LRN 1-1 1-1 alpha:1 beta:1 bias:1 size!:2
LSTM 3-8 0-3 activation_alpha:6 activation_beta:6 activations:8 clip:1 direction:3 hidden_size:2 input_forget:2 layout:2
LayerNormalization 2-3 1-3 axis:2 epsilon:1 stash_type:2
LeakyRelu 1-1 1-1 alpha:1
Less 2-2 1-1
LessOrEqual 2-2 1-1
Log 1-1 1-1
LogSoftmax 1-1 1-1 axis:2
LpNormalization 1-1 1-1 axis:2 p:2
LpPool 1-1 1-1 auto_pad:3 ceil_mode:2 dilations:7 kernel_shape!:7 p:2 pads:7 strides:7
MatMul 2-2 1-1
MatMulInteger 2-4 1-1
Max 1-* 1-1
MaxPool 1-1 1-2 auto_pad:3 ceil_mode:2 dilations:7 kernel_shape!:7 pads:7 storage_order:2 strides:7
MaxRoiPool 2-2 1-1 pooled_shape!:7 spatial_scale:1
MaxUnpool 2-3 1-1 kernel_shape!:7 pads:7 strides:7
Mean 1-* 1-1
MeanVarianceNormalization 1-1 1-1 axes:7
MelWeightMatrix 5-5 1-1 output_datatype:2
Min 1-* 1-1
Mish 1-1 1-1
Mod 2-2 1-1 fmod:2
Mul 2-2 1-1
Multinomial 1-1 1-1 dtype:2 sample_size:2 seed:1
Neg 1-1 1-1
NegativeLogLikelihoodLoss 2-3 1-1 ignore_index:2 reduction:3
NonMaxSuppression 2-5 1-1 center_point_box:2
NonZero 1-1 1-1
Not 1-1 1-1
OneHot 3-3 1-1 axis:2
Or 2-2 1-1
PRelu 2-2 1-1
Pad 2-4 1-1 mode:3
Pow 2-2 1-1
QLinearConv 8-9 1-1 auto_pad:3 dilations:7 group:2 kernel_shape:7 pads:7 strides:7
QLinearMatMul 8-8 1-1
QuantizeLinear 2-3 1-1 axis:2
RNN 3-6 0-2 activation_alpha:6 activation_beta:6 activations:8 clip:1 direction:3 hidden_size:2 layout:2
RandomNormal 0-0 1-1 dtype:2 mean:1 scale:1 seed:1 shape!:7
RandomNormalLike 1-1 1-1 dtype:2 mean:1 scale:1 seed:1
RandomUniform 0-0 1-1 dtype:2 high:1 low:1 seed:1 shape!:7
RandomUniformLike 1-1 1-1 dtype:2 high:1 low:1 seed:1
Range 3-3 1-1
Reciprocal 1-1 1-1
ReduceL1 1-2 1-1 keepdims:2 noop_with_empty_axes:2
ReduceL2 1-2 1-1 keepdims:2 noop_with_empty_axes:2
ReduceLogSum 1-2 1-1 keepdims:2 noop_with_empty_axes:2
ReduceLogSumExp 1-2 1-1 keepdims:2 noop_with_empty_axes:2
ReduceMax 1-2 1-1 keepdims:2 noop_with_empty_axes:2
ReduceMean 1-2 1-1 keepdims:2 noop_with_empty_axes:2
ReduceMin 1-2 1-1 keepdims:2 noop_with_empty_axes:2
ReduceProd 1-2 1-1 keepdims:2 noop_with_empty_axes:2
ReduceSum 1-2 1-1 keepdims:2 noop_with_empty_axes:2
ReduceSumSquare 1-2 1-1 keepdims:2 noop_with_empty_axes:2
Relu 1-1 1-1
Reshape 2-2 1-1 allowzero:2
Resize 1-4 1-1 antialias:2 axes:7 coordinate_transformation_mode:3 cubic_coeff_a:1 exclude_outside:2 extrapolation_value:1 keep_aspect_ratio_policy:3 mode:3 nearest_mode:3
ReverseSequence 2-2 1-1 batch_axis:2 time_axis:2
RoiAlign 3-3 1-1 coordinate_transformation_mode:3 mode:3 output_height:2 output_width:2 sampling_ratio:2 spatial_scale:1
Round 1-1 1-1
STFT 2-4 1-1 onesided:2
ScatterElements 3-3 1-1 axis:2 reduction:3
ScatterND 3-3 1-1 reduction:3
Selu 1-1 1-1 alpha:1 gamma:1
Shape 1-1 1-1 end:2 start:2
Shrink 1-1 1-1 bias:1 lambd:1
Sigmoid 1-1 1-1
Sign 1-1 1-1
Sin 1-1 1-1
Sinh 1-1 1-1
Size 1-1 1-1
Slice 3-5 1-1
Softmax 1-1 1-1 axis:2
SoftmaxCrossEntropyLoss 2-3 1-2 ignore_index:2 reduction:3
Softplus 1-1 1-1
Softsign 1-1 1-1
SpaceToDepth 1-1 1-1 blocksize!:2
Split 1-2 1-* axis:2 num_outputs:2
SplitToSequence 1-2 1-1 axis:2 keepdims:2
Sqrt 1-1 1-1
Squeeze 1-2 1-1
Sub 2-2 1-1
Sum 1-* 1-1
Tan 1-1 1-1
Tanh 1-1 1-1
TfIdfVectorizer 1-1 1-1 max_gram_length!:2 max_skip_count!:2 min_gram_length!:2 mode!:3 ngram_counts!:7 ngram_indexes!:7 pool_int64s:7 pool_strings:8 weights:6
ThresholdedRelu 1-1 1-1 alpha:1
Tile 2-2 1-1
TopK 2-2 2-2 axis:2 largest:2 sorted:2
Transpose 1-1 1-1 perm:7
Trilu 1-2 1-1 upper:2
Unique 1-1 1-4 axis:2 sorted:2
Unsqueeze 2-2 1-1
Where 3-3 1-1
Xor 2-2 1-1
`;

export interface Operator {
  inputs: readonly [number, number];
  outputs: readonly [number, number];
  /** Type of each attribute. */
  attributes: ReadonlyMap<string, number>;
  required: readonly string[];
}

const range = (text: string): [number, number] => {
  const [low, high] = text.split('-') as [string, string];
  return [Number(low), high === '*' ? Number.POSITIVE_INFINITY : Number(high)];
};

export const operators: ReadonlyMap<string, Operator> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [name, inputs, outputs, ...attributes] = line.split(' ') as [string, string, string, ...string[]];
      const types = attributes.map((attribute) => attribute.split(':') as [string, string]);
      return [
        name,
        {
          inputs: range(inputs),
          outputs: range(outputs),
          attributes: new Map(types.map(([key, type]) => [key.replace('!', ''), Number(type)])),
          required: types.filter(([key]) => key.endsWith('!')).map(([key]) => key.slice(0, -1)),
        },
      ];
    }),
);
