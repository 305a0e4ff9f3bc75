import protobuf from 'protobufjs/minimal.js';

/*
 * onnxruntime-node returns a new array for every result, also where ONNX Runtime has just written it into one that was
 * given: for large results that costs more than computing them. It converts results in order and gives up at the
 * first that is no tensor. So models whose results are all given arrays get an empty sequence as their first
 * output: the run is complete then, and nothing is copied. Should a later version convert sequences, runs end normally.
 */

/** The name of the output that ends the conversion of results. */
export const STOP = 'robusta/stop';

const MESSAGE = 'Non tensor type is temporarily not supported';

/** Whether a run was complete and only the conversion of its results ended at {@link STOP}. */
export const stoppedAfterRun = (error: unknown): boolean =>
  String((error as Partial<Error> | null)?.message).startsWith(MESSAGE);

/** A model with {@link STOP} as its first output. Field numbers are those of the public onnx.proto. */
export function withStop(model: Uint8Array): Uint8Array {
  const writer = protobuf.Writer.create();
  const message = (field: number, write: () => void) => {
    writer.uint32((field << 3) | 2).fork();
    write();
    writer.ldelim();
  };
  const text = (field: number, value: string) => writer.uint32((field << 3) | 2).string(value);
  message(7, () => {
    message(1, () => {
      text(2, STOP);
      text(4, 'SequenceEmpty');
    });
    message(12, () => {
      text(1, STOP);
      // The type: a sequence of tensors of float32.
      message(2, () => message(4, () => message(1, () => message(1, () => writer.uint32(8).int32(1)))));
    });
  });
  // Protocol buffers merge when their bytes are joined: lists are appended, so these entries come first.
  const head = writer.finish();
  const bytes = new Uint8Array(head.length + model.length);
  bytes.set(head);
  bytes.set(model, head.length);
  return bytes;
}
