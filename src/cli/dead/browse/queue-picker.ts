import { ageText, type DeadSummary } from '../../../dead/index.js';
import { DispatcherError } from '../../../errors/index.js';
import { messages } from '../../output/command-output.js';
import { printableLine } from '../../output/printable.js';
import type { Column } from '../../output/table-layout.js';
import { Frame, type View } from '../../screen/frame.js';
import type { Screen } from '../../screen/screen.js';
import { moveCursor, type ScrollState, START, showing } from '../../screen/scroll.js';
import { tableLines } from '../../screen/table-lines.js';
import { PAGE_FRAME, TextPage } from '../../screen/text-page.js';
import { HELP_TEXT } from './help-page.js';

const COLUMNS: readonly Column[] = [
  { heading: 'QUEUE', least: 12, most: 60, expendable: 0 },
  { heading: 'MESSAGES', least: 8, most: 8, expendable: 0 },
  { heading: 'OLDEST', least: 6, most: 6, expendable: 1 },
  { heading: 'ERRORS', least: 10, most: 400, expendable: 2 },
];
/** Title, heading and status. */
const LIST_FRAME = 3;
const HINTS = ['h help', 'q quit', 'enter open', 'R count again'];
const PAGE_HINTS = ['q back', 'space more'];

export interface QueuePickerOptions {
  readonly screen: Screen;
  readonly queues: readonly string[];
  /** Counts the messages of a queue. @throws BrokerError */
  readonly summarize: (queue: string, onRead: (read: number, total: number) => void) => Promise<DeadSummary>;
}

/** The dead queues of a file with their counts, to choose one from. */
export class QueuePicker {
  private readonly options: QueuePickerOptions;
  private readonly frame: Frame;
  private readonly summaries = new Map<string, DeadSummary>();
  /** Why a queue has no counts. */
  private readonly problems = new Map<string, string>();
  private scroll: ScrollState = START;
  private page: TextPage | undefined;
  private isCounted = false;

  constructor(options: QueuePickerOptions) {
    this.options = options;
    this.frame = new Frame(options.screen, () => this.view());
  }

  /** Shows a message of the program in the last line until the next key. */
  say(text: string): void {
    this.frame.say(text);
  }

  /** The queue that the user chose; undefined when the user quit, or the screen ended. @throws BrokerError when the first count fails */
  async pick(): Promise<string | undefined> {
    if (!this.isCounted) await this.countAll();
    this.isCounted = true;
    for (;;) {
      const key = await this.frame.nextKey();
      if (key === undefined) return undefined;
      if (this.page !== undefined) this.pressInPage(key, this.page);
      else if (key === 'q') return undefined;
      else if (key === 'enter') {
        const queue = this.options.queues[this.scroll.cursor];
        if (queue !== undefined) return queue;
      } else await this.press(key);
    }
  }

  /** Counts a queue again, for one whose messages were changed. */
  async recount(queue: string): Promise<void> {
    await this.frame.attempt(() => this.count(queue));
  }

  private async press(key: string): Promise<void> {
    const moved = moveCursor(key, this.scroll, {
      count: this.options.queues.length,
      rows: this.frame.rowsBeside(LIST_FRAME),
    });
    if (moved !== undefined) this.scroll = moved;
    else if (key === 'h') this.page = new TextPage({ title: 'help', text: HELP_TEXT, isHelp: true });
    else if (key === 'R') await this.frame.attempt(() => this.countAll());
  }

  private pressInPage(key: string, page: TextPage): void {
    if (key === 'q' || key === 'escape' || key === 'h') this.page = undefined;
    else page.move(key === 'enter' ? 'j' : key, this.frame.rowsBeside(PAGE_FRAME));
  }

  private async countAll(): Promise<void> {
    for (const queue of this.options.queues) {
      if (this.options.screen.ended.aborted) return;
      await this.count(queue);
    }
  }

  private async count(queue: string): Promise<void> {
    this.problems.delete(queue);
    this.frame.progress(`counting ${printableLine(queue)}`);
    try {
      const onRead = (read: number, total: number): void =>
        this.frame.progress(`counting ${printableLine(queue)}: ${read} of ${total}`);
      this.summaries.set(queue, await this.options.summarize(queue, onRead));
    } catch (error) {
      if (!(error instanceof DispatcherError) || error.code !== 'QUEUE_UNREADABLE') throw error;
      this.summaries.delete(queue);
      this.problems.set(queue, error.message);
    }
  }

  private view(): View {
    const { columns } = this.options.screen.size;
    if (this.page !== undefined) {
      return this.page.view(columns, this.frame.rowsBeside(PAGE_FRAME), PAGE_HINTS);
    }
    const { queues } = this.options;
    const rows = this.frame.rowsBeside(LIST_FRAME);
    this.scroll = showing(this.scroll, { count: queues.length, rows });
    const { top, cursor } = this.scroll;
    const visible = queues.slice(top, top + rows).map((queue) => ({ mark: '', cells: this.cellsOf(queue) }));
    const total = [...this.summaries.values()].reduce((sum, summary) => sum + summary.messages, 0);
    const place = queues.length === 0 ? 0 : cursor + 1;
    return {
      title: ` dead queues  ${place}/${queues.length}  ${messages(total)}`,
      body: tableLines(COLUMNS, visible, { columns, rows, cursor: cursor - top }),
      hints: HINTS,
    };
  }

  private cellsOf(queue: string): readonly string[] {
    const summary = this.summaries.get(queue);
    const name = printableLine(queue);
    if (summary === undefined) return [name, '?', '', printableLine(this.problems.get(queue) ?? '')];
    const { messages: count, oldest, errors } = summary;
    const age = oldest === undefined ? '-' : ageText(Date.now() - Date.parse(oldest));
    return [name, String(count), age, errors.map((each) => `${printableLine(each.error)} ${each.messages}`).join(', ')];
  }
}
