import { printableLine } from '../../output/printable.js';
import { cutToWidth } from '../../output/text-width.js';
import { Frame, type View } from '../../screen/frame.js';
import type { Screen } from '../../screen/screen.js';
import { PAGE_FRAME, TextPage } from '../../screen/text-page.js';
import { durationOf, rateOf, spanOf } from '../table.js';
import { connectionLines, type Fields, fieldsOf, listOf, outcomeLines, textOf } from '../views.js';
import { HELP_TEXT } from './help-page.js';
import { ENTRY_COLUMNS, THREAD_COLUMNS } from './top-columns.js';
import { TopList } from './top-list.js';

/** Title, two lines, heading and status. */
const LIST_FRAME = 5;
const ENTRY_HINTS = ['? help', 'q quit', 'p pause', 's sort', '/ filter', 't threads'];
const THREAD_HINTS = ['? help', 'q quit', 't entries', 's sort', '/ filter'];
const PAGE_HINTS = ['q back', 'space more'];
const RED = '31';
const YELLOW = '33';
const PLAIN = '\u001b[0m';

export interface TopScreenOptions {
  readonly screen: Screen;
  readonly hasColor: boolean;
  /** Performs an action of the daemon. @throws DispatcherError `CONTROL_UNREACHABLE`, `CONTROL_REFUSED` */
  readonly act: (verb: 'pause' | 'resume', args: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly nowMs: () => number;
}

/** The screen of `ctl top`: two lines about the daemon, and its entries or threads. */
export class TopScreen {
  private readonly options: TopScreenOptions;
  private readonly frame: Frame;
  private readonly entries: TopList;
  private readonly threads: TopList;
  private list: TopList;
  private page: TextPage | undefined;
  private report: Fields = {};
  private reportedAtMs: number;
  /** Why there is no newer report. */
  private problem: string | undefined;

  constructor(options: TopScreenOptions) {
    const { screen, hasColor, nowMs } = options;
    this.options = options;
    this.frame = new Frame(screen, () => this.view());
    this.reportedAtMs = nowMs();
    const colored = (mark: string, color: string) => ({ mark, color: hasColor ? color : undefined });
    this.entries = new TopList({
      columns: ENTRY_COLUMNS,
      keyOf: wordOf,
      lookOf: ({ state, failedRate }) => {
        if (state === 'paused') return colored('p', YELLOW);
        if (state !== 'subscribed') return colored('!', RED);
        return typeof failedRate === 'number' && failedRate > 0 ? colored('', RED) : { mark: '' };
      },
      textsOf: ({ name, queue }) => [textOf(name), textOf(queue)],
    });
    this.threads = new TopList({
      columns: THREAD_COLUMNS,
      keyOf: ({ thread }) => textOf(thread),
      lookOf: ({ state }) => (state === 'serving' ? { mark: '' } : colored('!', YELLOW)),
      textsOf: ({ thread, group, state }) => [textOf(thread), textOf(group), textOf(state)],
    });
    this.list = this.entries;
  }

  update(report: unknown): void {
    this.report = fieldsOf(report);
    this.reportedAtMs = this.options.nowMs();
    this.problem = undefined;
    const hasRates = typeof this.report['overMs'] === 'number';
    const entries = listOf(this.report['entries']);
    this.entries.update(hasRates ? entries : entries.map((entry) => ({ ...entry, doneRate: null, failedRate: null })));
    this.threads.update(listOf(this.report['threads']));
    this.frame.refresh();
  }

  /** The daemon did not answer. */
  fail(problem: string): void {
    this.problem = problem;
    this.frame.refresh();
  }

  /** True when the user quit; false when the screen ended. */
  async run(): Promise<boolean> {
    for (;;) {
      const key = await this.frame.nextKey();
      if (key === undefined) return false;
      if (this.page !== undefined) this.pressInPage(key, this.page);
      else if (key === 'q') return true;
      else await this.press(key);
    }
  }

  private async press(key: string): Promise<void> {
    const { list } = this;
    if (list.move(key, this.frame.rowsBeside(LIST_FRAME))) return;
    switch (key) {
      case 's':
        return list.sortNext();
      case 't':
        this.list = list === this.entries ? this.threads : this.entries;
        return;
      case '/':
        return this.askFilter(list);
      case 'p':
        return this.pauseOrResume();
      case '?':
      case 'h':
        this.page = new TextPage({ title: 'help', text: HELP_TEXT, isHelp: true });
        return;
      default:
    }
  }

  private pressInPage(key: string, page: TextPage): void {
    if (key === 'q' || key === 'escape' || key === 'h' || key === '?') this.page = undefined;
    else page.move(key === 'enter' ? 'j' : key, this.frame.rowsBeside(PAGE_FRAME));
  }

  private async askFilter(list: TopList): Promise<void> {
    const written = await this.frame.ask('/', { earlier: list.filter });
    if (written !== undefined) list.show(written);
  }

  private async pauseOrResume(): Promise<void> {
    if (this.list !== this.entries) return this.frame.say('p pauses entries: press t to show them');
    const { current } = this.entries;
    if (current === undefined) return;
    const verb = current['state'] === 'paused' ? 'resume' : 'pause';
    const name = `${textOf(current['name'])} on "${textOf(current['queue'])}"`;
    if (!(await this.frame.confirm(`${verb} ${name}?`))) return this.frame.say('nothing was changed');
    await this.frame.attempt(async () => {
      this.frame.say(outcomeLines(await this.options.act(verb, { entry: wordOf(current) })).join(', '));
    });
    this.options.screen.flush();
  }

  private view(): View {
    const { columns } = this.options.screen.size;
    if (this.page !== undefined) {
      return this.page.view(columns, this.frame.rowsBeside(PAGE_FRAME), PAGE_HINTS);
    }
    const { list, report } = this;
    const what = list === this.entries ? 'entries' : 'threads';
    const filtered = list.filter === '' ? '' : `  / ${printableLine(list.filter)}`;
    const version = printableLine(textOf(report['version']));
    return {
      title: ` ${what} ${list.position}${filtered}  amqp-dispatcher ${version}, process ${textOf(report['pid'])}`,
      body: [...this.head(columns), ...list.lines({ columns, rows: this.frame.rowsBeside(LIST_FRAME) })],
      hints: list === this.entries ? ENTRY_HINTS : THREAD_HINTS,
    };
  }

  /** Two lines about the daemon, or why it does not answer. */
  private head(columns: number): string[] {
    const { report, problem } = this;
    const { hasColor, nowMs } = this.options;
    const isConnected = fieldsOf(fieldsOf(report['connections'])['consumer'])['isConnected'] === true;
    const lines =
      problem === undefined
        ? [`${textOf(report['phase'])}, up for ${spanOf(report['uptimeMs'])}, ${connectionLines(report).join('; ')}`]
        : [`no answer for ${spanOf(nowMs() - this.reportedAtMs)}; trying again every second`, problem];
    const isRed = hasColor && (problem !== undefined || !isConnected);
    const drawn = lines.map((line) => {
      const text = cutToWidth(printableLine(line), columns);
      return isRed ? `\u001b[${RED}m${text}${PLAIN}` : text;
    });
    return problem === undefined ? [...drawn, cutToWidth(this.totals(), columns)] : drawn;
  }

  private totals(): string {
    const entries = listOf(this.report['entries']);
    const hasRates = typeof this.report['overMs'] === 'number';
    const sum = (field: string): number =>
      entries.reduce((total, entry) => total + (typeof entry[field] === 'number' ? entry[field] : 0), 0);
    const rates = hasRates ? `${rateOf(sum('doneRate'))} done/s, ${rateOf(sum('failedRate'))} failed/s` : 'measuring';
    const slowest = Math.max(...entries.map(({ p95Ms }) => (typeof p95Ms === 'number' ? p95Ms : -1)));
    const p95 = slowest < 0 ? '' : `, slowest p95 ${durationOf(slowest)}`;
    return `${rates}, ${sum('running')} running, ${sum('waiting')} waiting${p95}`;
  }
}

/** Names one entry, even if others share its name or queue. */
function wordOf({ queue, name }: Fields): string {
  return `${textOf(queue)}/${textOf(name)}`;
}
