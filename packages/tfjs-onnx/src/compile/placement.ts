import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';

/** A record of ONNX Runtime's profile; those of operations name the provider that ran them. */
interface ProfileEvent {
  cat?: string;
  args?: { provider?: string; op_name?: string };
}

/**
 * How many operations of a graph each execution provider runs, by ONNX Runtime's names, copies between devices left
 * out. Only a profile of a run tells.
 * @param create - makes a session that writes a profile to files with the given prefix
 * @param run - runs it once
 */
export async function operationsByProvider(
  create: (profilePrefix: string) => Promise<InferenceSession>,
  run: (session: InferenceSession) => Promise<unknown>,
): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'robusta-profile-'));
  try {
    const session = await create(join(folder, 'profile'));
    try {
      await run(session);
    } finally {
      session.endProfiling();
      await session.release();
    }
    const counts: Record<string, number> = {};
    for (const file of await readdir(folder)) {
      for (const { cat, args } of JSON.parse(await readFile(join(folder, file), 'utf8')) as ProfileEvent[]) {
        if (cat !== 'Node' || !args?.provider || args.op_name?.startsWith('Memcpy')) continue;
        counts[args.provider] = (counts[args.provider] ?? 0) + 1;
      }
    }
    return counts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
