import { parseArgs } from 'node:util';

export interface NodesArguments {
  /** Major versions. */
  readonly only: readonly number[];
}

export const USAGE = 'usage: npm run test:nodes -- [--only 20,26]';

/** The oldest that the package supports, and each later one with present or future long-term support. */
export const MAJORS: readonly number[] = [20, 22, 24, 26];

/** @throws on an unknown flag, or an invalid major version */
export function readNodesArguments(args: readonly string[]): NodesArguments {
  const { values } = parseArgs({ args: [...args], options: { only: { type: 'string', default: MAJORS.join() } } });
  const only = values.only.split(',').map((word) => {
    if (!/^\d{2,3}$/.test(word)) throw new Error(`--only: "${word}" is no major version of Node.js, such as 22`);
    return Number(word);
  });
  return { only };
}
