import type { DetectorScores } from '@robusta/detector';

/** Half for each modality that was scored; all for the only one. */
export function equalWeights({ visual, audio }: DetectorScores): { visual: number; audio: number } {
  const weight = visual && audio ? 0.5 : 1;
  return { visual: visual ? weight : 0, audio: audio ? weight : 0 };
}
