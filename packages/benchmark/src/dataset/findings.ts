import type { DatasetProblem } from './model.js';
import { DATASET_RULES, type DatasetRule, type DatasetRuleName, inOrder } from './rules.js';

/** What one rule found in a dataset. */
export interface DatasetFinding extends DatasetRule {
  rule: DatasetRuleName;
  count: number;
  /** How many of these videos take no part. */
  skipped: number;
  /** In order of the videos. */
  cases: { video: string; message: string }[];
}

/** Sorts problems by rule. */
export function findingsOf(problems: readonly DatasetProblem[]) {
  const byRule = new Map<DatasetRuleName, DatasetProblem[]>();
  for (const problem of inOrder(problems)) {
    if (problem.rule === undefined) continue;
    const own = byRule.get(problem.rule);
    if (own) own.push(problem);
    else byRule.set(problem.rule, [problem]);
  }
  const findings = (Object.keys(DATASET_RULES) as DatasetRuleName[]).flatMap((rule): DatasetFinding[] => {
    const own = byRule.get(rule);
    if (!own) return [];
    return [
      {
        rule,
        ...DATASET_RULES[rule],
        count: own.length,
        skipped: own.filter(({ skipped }) => skipped).length,
        cases: own.map(({ video, message }) => ({ video, message })),
      },
    ];
  });
  const count = (severity: DatasetRule['severity']) =>
    findings.reduce((sum, finding) => sum + (finding.severity === severity ? finding.count : 0), 0);
  return { findings, errors: count('error'), warnings: count('warning'), notes: count('note') };
}
