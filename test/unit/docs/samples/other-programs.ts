import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CORE_SCHEMA, load } from 'js-yaml';
import { isMapping, walk } from '../../../support/samples/fragment.js';
import { type WrongCommand, wrongCommands, wrongFlag, wrongWords } from './command-lines.js';

/** Files of other programs that start the daemon: their syntax, their command lines, and the daemon's variables. */

const NO_FILES: ReadonlySet<string> = new Set();
/** Keys of YAML files of other programs whose value is a shell command. */
const COMMAND_KEYS = ['run', 'script', 'before_script', 'entry', 'command', 'args'];

/** What the YAML of each program must look like. */
const SHAPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  'github-actions': (steps) =>
    Array.isArray(steps) && steps.every((step) => isMapping(step) && ('uses' in step || 'run' in step)),
  gitlab: (jobs) => isMapping(jobs) && Object.values(jobs).every((job) => isMapping(job) && 'script' in job),
  'pre-commit': (repos) =>
    Array.isArray(repos) && repos.every((repo) => isMapping(repo) && Array.isArray(repo['hooks'])),
  prometheus: (config) => isMapping(config) && Array.isArray(config['scrape_configs']),
  kubernetes: (pod) => isMapping(pod) && isMapping(pod['spec']) && Array.isArray(pod['spec']['containers']),
};

/** The programs that `for=` may name for YAML. */
export const PROGRAMS = Object.keys(SHAPES);

export async function wrongYaml(text: string, program: string): Promise<WrongCommand[]> {
  const value = load(text, { schema: CORE_SCHEMA });
  if (SHAPES[program]?.(value) !== true) return [{ line: 1, problem: `is not in the form of ${program}` }];
  const commands: string[] = [];
  const names: string[] = [];
  walk(value, (key, each) => {
    if (COMMAND_KEYS.includes(key)) commands.push(each);
    if (key === 'name') names.push(each);
  });
  const wrong = (await Promise.all(commands.map((each) => wrongCommands(each, NO_FILES)))).flat();
  const flags = names.map(wrongFlag).filter((problem) => problem !== undefined);
  return [...wrong.map(({ problem }) => problem), ...flags].map((problem) => ({ line: 1, problem }));
}

const INSTRUCTION = /^(FROM|RUN|CMD|COPY|WORKDIR|USER|ENV|ENTRYPOINT|ARG|EXPOSE|LABEL|STOPSIGNAL|HEALTHCHECK)\s+(.+)$/s;

export async function wrongDockerfile(text: string): Promise<WrongCommand[]> {
  const wrong: WrongCommand[] = [];
  for (const [index, instruction] of text.replace(/\\\n/g, '').trim().split('\n').entries()) {
    const [, name, rest = ''] = INSTRUCTION.exec(instruction) ?? [];
    const problem = name === undefined ? 'is not an instruction' : await wrongInstruction(name, rest);
    if (problem !== undefined) wrong.push({ line: index + 1, problem });
  }
  return wrong;
}

async function wrongInstruction(name: string, rest: string): Promise<string | undefined> {
  if (name === 'RUN') return (await wrongCommands(rest, NO_FILES))[0]?.problem;
  if (name === 'ENV') return wrongFlag(rest.split(/[= ]/)[0] ?? '');
  if (name !== 'CMD' && name !== 'ENTRYPOINT') return undefined;
  const words: unknown = JSON.parse(rest);
  if (!Array.isArray(words)) return `${name} is not in the form of a list, so signals would go to a shell`;
  return wrongWords(words.map(String), NO_FILES);
}

const UNIT_LINE = /^(?:\[(Unit|Service|Install)\]|([A-Z]\w+)=(.*)|[#;].*|)$/;

const SETTING_PROBLEM = /^\/.*\.service:(\d+): (.*)$/gm;

export async function wrongUnit(text: string): Promise<WrongCommand[]> {
  const wrong: WrongCommand[] = [];
  for (const [index, each] of text.split('\n').entries()) {
    const match = UNIT_LINE.exec(each);
    const problem =
      match === null
        ? 'is neither a section nor a setting'
        : match[2] === 'ExecStart'
          ? (await wrongCommands(match[3] ?? '', NO_FILES))[0]?.problem
          : undefined;
    if (problem !== undefined) wrong.push({ line: index + 1, problem });
  }
  return wrong;
}

/** The settings that systemd would ignore; none where systemd-analyze is not installed. */
export async function ignoredSettings(text: string): Promise<WrongCommand[]> {
  const folder = await mkdtemp(join(tmpdir(), 'unit-'));
  const file = join(folder, 'amqp-dispatcher.service');
  try {
    await writeFile(file, text);
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    // Lines without a place are about programs and users that this machine lacks.
    return [...(stderr ?? '').matchAll(SETTING_PROBLEM)].map(([, line, problem = '']) => ({
      line: Number(line),
      problem,
    }));
  } finally {
    await rm(folder, { recursive: true });
  }
}
