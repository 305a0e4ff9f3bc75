const specOf = (shape) => ({ shape, dtype: 'float32' });

/**
 * What compileStep is to compile for a backbone without buffers, and the batch that it trains on.
 * @param batch - `{ features, mask, labels }`, each with shape and data
 */
export function trainingTask(model, { features, mask, labels }, { optimizer, learningRate }) {
  const initial = model.init(1);
  const params = Object.fromEntries(
    Object.entries(model.parameters).map(([name, { shape, learningRateScale }]) => [
      name,
      { shape, data: initial[name].data, learningRateScale },
    ]),
  );
  const loss = (weights, [x, valid, targets], { seed }) =>
    model.loss(model.forward(weights, x, valid, { training: true, seed }), targets, valid);
  const batch = [features, mask, labels];
  return {
    definition: { loss, params, inputs: batch.map(({ shape }) => specOf(shape)), optimizer },
    inputs: batch.map(({ data }) => data),
    learningRate,
  };
}

/**
 * What compile is to compile as the detector scores a video: weights inside, any length, the mean of the crops.
 * @param features - `[length, crops, dim]`
 */
export function scoringTask(model, { crops, length, dim }, features, { tf, toTensors }) {
  const weights = model.init(1);
  const fn = ([raw]) => {
    const x = tf.transpose(raw, [1, 0, 2]);
    const mask = tf.ones([crops, raw.shape[0]]);
    return [tf.mean(tf.sigmoid(model.forward(toTensors(weights), x, mask, { training: false }).logits), 0)];
  };
  return {
    name: `scores of ${length} snippets, ${crops} crops x ${dim}`,
    fn,
    specs: [specOf(['T', crops, dim])],
    inputs: [features],
  };
}

/** The first bags of a batch as the crops of one video: `[bags, length, dim]` to `[length, crops, dim]`. */
export function cropsOf({ data }, { crops, length, dim }) {
  const features = new Float32Array(length * crops * dim);
  for (let crop = 0; crop < crops; crop++) {
    for (let t = 0; t < length; t++) {
      const from = (crop * length + t) * dim;
      features.set(data.subarray(from, from + dim), (t * crops + crop) * dim);
    }
  }
  return features;
}
