/** Makes the output of a session equal on every machine, broker and run. */

const CONTROL = new RegExp(String.raw`\u001b\[[0-9;?]*[A-Za-z]|[\u2800-\u28ff]`, 'g');
const FRAME = /^ +at (?!.*\/home\/ann\/shop\/[\w-]+\.mjs)/;
/** Headers that RabbitMQ adds; they depend on its version. */
const BROKER_HEADER = /^ {2}x-(death|first-death|last-death|delivery)/;

const REPLACEMENTS: readonly (readonly [pattern: RegExp, text: string])[] = [
  [/"connection":"[^".]*/g, '"connection":"shop-4711-1a2b3c4d'],
  [/"host":"[^"]*","port":\d+,"vhost":"[^"]*"/g, '"host":"localhost","port":5672,"vhost":"/"'],
  [/connected to [\w.]+:\d+/g, 'connected to localhost:5672'],
  [/"version":"[\d.]+"/g, '"version":"4.3.0"'],
  [/"instances":(\d+),"threads":\d+/g, '"instances":$1,"threads":2'],
  [/"instance":\d+,"thread":\d+/g, '"instance":0,"thread":0'],
  // The jitter of a retry.
  [/retrying in \d+ ms/g, 'retrying in 950 ms'],
  [/"waitMs":\d+/g, '"waitMs":950'],
  [/\b[0-9a-f]{12}\b/g, '24e1b454d932'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, '2026-01-15T10:01:00'],
  [/^host( +)\S+$/gm, 'host$1shop'],
];

export class Normalization {
  readonly #folder: string;
  #seconds = 0;

  /** @param folder the folder of the project, which the page calls /home/ann/shop */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The text as the page has it: without colours, and with the same times, ids and ports in each run. */
  apply(screen: string): string {
    let text = screen.replace(CONTROL, '').replaceAll('\r', '').replaceAll(this.#folder, '/home/ann/shop');
    for (const [pattern, replacement] of REPLACEMENTS) text = text.replace(pattern, replacement);
    text = text.replace(/\[\d\d:\d\d:\d\d\.\d{3}\]/g, () => this.#nextTime());
    return shortened(text.split('\n')).join('\n').trim();
  }

  /** Each line of the log is a second later than the one before. */
  #nextTime(): string {
    this.#seconds += 1;
    const [minutes, seconds] = [Math.floor(this.#seconds / 60), this.#seconds % 60];
    return `[10:${String(minutes).padStart(2, '0')}:${String(seconds).padStart(2, '0')}.000]`;
  }
}

/** `…` for the frames that are not in a file of the project, and for the headers of the broker. */
function shortened(lines: readonly string[]): string[] {
  const short: string[] = [];
  for (const line of lines) {
    const kept = FRAME.test(line) ? line.replace(/at .*/, 'at …') : BROKER_HEADER.test(line) ? '  …' : line.trimEnd();
    if (!(kept.endsWith('…') && kept === short.at(-1))) short.push(kept);
  }
  return short;
}
