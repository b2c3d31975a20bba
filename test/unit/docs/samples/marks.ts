import { fileOf, isFragment, type Sample } from '../../../support/samples/sample.js';
import { PROGRAMS } from './other-programs.js';

const HOW = 'see "Samples in the docs" in CONTRIBUTING.md';
const FOR = ['logging', ...PROGRAMS];
const TEXTS = ['drawing', 'log', 'url', 'output', 'fragment'];
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  js: ['file', 'fragment'],
  ts: ['file', 'fragment'],
  yaml: ['file', 'fragment', 'for'],
  json: ['file', 'output'],
  sh: [],
  dockerfile: [],
  ini: [],
  python: ['fragment'],
  text: TEXTS,
};

/** Why nobody knows how to run or check a sample; undefined if its marks say so. */
export function wrongMarks(sample: Sample): string | undefined {
  const { language, marks } = sample;
  const known = KNOWN[language];
  if (known === undefined) {
    return `${language === '' ? 'has no language' : `"${language}" is no known language`}: write one of ${Object.keys(KNOWN).join(', ')}; ${HOW}`;
  }
  const unknown = [...marks.keys()].find((mark) => !known.includes(mark));
  if (unknown !== undefined)
    return `"${unknown}" is no mark of ${language} (${known.join(', ') || 'it has none'}); ${HOW}`;
  const program = marks.get('for');
  if (program !== undefined && !FOR.includes(program)) return `for=${program}: write one of ${FOR.join(', ')}; ${HOW}`;
  if (language === 'text' && TEXTS.filter((mark) => marks.has(mark)).length !== 1) {
    return `mark it as one of ${TEXTS.map((mark) => `\`text ${mark}\``).join(', ')}; ${HOW}`;
  }
  if (language === 'js' || language === 'ts') {
    if (fileOf(sample) === undefined && !isFragment(sample))
      return `mark it as \`${language} file=NAME\`, or as \`${language} fragment\` if it cannot run alone; ${HOW}`;
  }
  if (language === 'python' && !isFragment(sample)) return `mark it as \`python fragment\`; ${HOW}`;
  return undefined;
}
