import { type DeadLettersOptions, isEverything, type Selection, Snapshot } from '../../../dead/index.js';
import { messageOf } from '../../../errors/index.js';
import { messages } from '../../output/command-output.js';
import { printableLine } from '../../output/printable.js';
import { Frame, type View } from '../../screen/frame.js';
import type { Screen } from '../../screen/screen.js';
import { PAGE_FRAME, TextPage } from '../../screen/text-page.js';
import { formatDetails } from '../output/message-details.js';
import { type ActionKind, act, openQueue } from './action.js';
import { containsAll, FILTER_EXAMPLES, parseFilter } from './filter.js';
import { HELP_TEXT } from './help-page.js';
import { MessageList } from './message-list.js';

/** Title, heading and status. */
const LIST_FRAME = 3;
const HELP_HINTS = ['q back', 'space more', '/ search', 'n next'];
const PAGE_HINTS = [...HELP_HINTS, 'r replay this', 'D delete this'];
const LIST_HINTS = ['enter look', 'm mark', 'M mark all', '& filter', '/ search', 'R read again'];
/** To be typed before messages are deleted. */
const AGREEMENT = 'delete';

export interface BrowserOptions {
  readonly screen: Screen;
  readonly letters: DeadLettersOptions;
  readonly companion: string | undefined;
  /** The messages to browse; the filter of the screen chooses among them. */
  readonly selection: Selection;
  /** The selection as the user wrote it; empty: all messages. */
  readonly selectionWritten: string;
  /** Where `q` leads from the list. */
  readonly quitHint: 'q quit' | 'q back';
}

/** The full-screen browser: a list of messages, and pages of text above it. Ends with `q`, or with its screen. */
export class Browser {
  private readonly options: BrowserOptions;
  private readonly screen: Screen;
  private readonly frame: Frame;
  private readonly list = new MessageList();
  private snapshot: Snapshot | undefined;
  private page: TextPage | undefined;
  private filter = parseFilter('');
  private lastFilter = '';
  private searched = '';

  constructor(options: BrowserOptions) {
    this.options = options;
    this.screen = options.screen;
    this.frame = new Frame(options.screen, () => this.view());
  }

  /** Shows a message of the program in the last line until the next key. */
  say(text: string): void {
    this.frame.say(text);
  }

  /** True when the user quit; false when the screen ended. @throws BrokerError when the queue cannot be read at first */
  async run(): Promise<boolean> {
    try {
      await this.reload();
      for (;;) {
        const key = await this.frame.nextKey();
        if (key === undefined) return false;
        if (this.page !== undefined) await this.pressInPage(key, this.page);
        else if (key === 'q') return true;
        else await this.pressInList(key);
      }
    } finally {
      await this.snapshot?.close();
    }
  }

  private async pressInList(key: string): Promise<void> {
    const { list } = this;
    const rows = this.frame.rowsBeside(LIST_FRAME);
    if (list.move(key, rows)) return;
    switch (key) {
      case 'enter':
        return this.look();
      case 'm':
        list.toggleMark();
        return void list.move('j', rows);
      case 'M':
        return list.toggleAllMarks();
      case '&':
        return this.askFilter();
      case 'R':
        return this.attempt(() => this.reload());
      default:
        return this.pressAnywhere(key, (text, step) => list.find(text, step));
    }
  }

  private async pressInPage(key: string, page: TextPage): Promise<void> {
    const rows = this.frame.rowsBeside(PAGE_FRAME);
    if (key === 'q' || key === 'escape' || (key === 'h' && page.isHelp)) {
      this.page = undefined;
      return;
    }
    if (page.move(key === 'enter' ? 'j' : key, rows)) return;
    await this.pressAnywhere(key, (text, step) => page.find(text, step, rows));
  }

  private async pressAnywhere(key: string, find: (text: string, step: 1 | -1) => boolean): Promise<void> {
    switch (key) {
      case 'h':
        this.page = new TextPage({ title: 'help', text: HELP_TEXT, isHelp: true });
        return;
      case '/':
        return this.askSearch(find);
      case 'n':
        return this.search(find, 1);
      case 'N':
        return this.search(find, -1);
      case 'r':
        return this.change('replay');
      case 'D':
        return this.change('delete');
      default:
    }
  }

  /** Nothing typed repeats the last search, as in less. */
  private async askSearch(find: (text: string, step: 1 | -1) => boolean): Promise<void> {
    const written = await this.frame.ask('/');
    if (written === undefined) return;
    this.searched = written || this.searched;
    this.search(find, 1);
  }

  private search(find: (text: string, step: 1 | -1) => boolean, step: 1 | -1): void {
    if (this.searched !== '' && !find(this.searched, step)) this.say(`not found: ${this.searched}`);
  }

  private async look(): Promise<void> {
    const { current } = this.list;
    if (current === undefined || this.snapshot === undefined) return;
    const whole = await this.snapshot.whole(current);
    this.page = new TextPage({ title: printableLine(current.facts.id), text: formatDetails(whole), isHelp: false });
  }

  private async askFilter(): Promise<void> {
    const earlier = this.lastFilter;
    const last = earlier === '' ? 'Enter: go' : 'Up: last filter';
    let options = { earlier, text: '', hint: `(${FILTER_EXAMPLES}, ${last}, Escape: back)` };
    for (;;) {
      const written = await this.frame.ask('& ', options);
      if (written === undefined) return;
      try {
        this.filter = parseFilter(written);
      } catch (error) {
        options = { earlier, text: written, hint: `(${messageOf(error)})` };
        continue;
      }
      this.lastFilter = written || earlier;
      return this.applyFilter();
    }
  }

  private async applyFilter(): Promise<void> {
    const { selection, texts } = this.filter;
    const { entries = [] } = this.snapshot ?? {};
    const matching = isEverything(selection) ? entries : ((await this.snapshot?.matching(selection)) ?? []);
    this.list.show(matching.filter((entry) => containsAll(entry, texts)));
  }

  private async change(kind: ActionKind): Promise<void> {
    if (this.page?.isHelp === true) return;
    const { current, chosen } = this.list;
    // In front of one message, that one is meant.
    const target = this.page === undefined || current === undefined ? chosen : [current];
    if (target.length === 0) return;
    if (!(await this.agrees(kind, target.length))) return this.say('nothing was changed');
    await this.attempt(async () => {
      const { letters, companion } = this.options;
      const what = kind === 'replay' ? 'replaying' : 'deleting';
      const result = await act(kind, target, {
        options: letters,
        companion,
        signal: this.screen.ended,
        onDone: (done) => this.frame.progress(`${what} ${done} of ${target.length}`),
      });
      this.page = undefined;
      await this.reload();
      this.say(result);
    });
  }

  private async agrees(kind: ActionKind, count: number): Promise<boolean> {
    if (kind === 'replay') return (await this.frame.ask(`Replay ${messages(count)}? Type y: `)) === 'y';
    return (await this.frame.ask(`Type ${AGREEMENT} to delete ${messages(count)}: `)) === AGREEMENT;
  }

  private async reload(): Promise<void> {
    const { letters: options, companion, selection } = this.options;
    this.frame.progress('connecting');
    const letters = await openQueue(options, companion);
    let next: Snapshot;
    try {
      const onRead = (read: number): void => this.frame.progress(`reading ${read} of ${letters.count}`);
      next = await Snapshot.take(letters, { selection, signal: this.screen.ended, onRead });
    } finally {
      await letters.close();
    }
    await this.snapshot?.close();
    this.snapshot = next;
    this.list.replace(next.entries);
    await this.applyFilter();
  }

  /** What fails after the first look is said, and the browser goes on. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    await this.frame.attempt(work);
    this.screen.flush();
  }

  private get absence(): string {
    if (this.snapshot === undefined) return '';
    if (this.snapshot.entries.length > 0) return 'no message matches; & and Enter shows all';
    return isEverything(this.options.selection) ? 'the queue is empty' : 'no message matches';
  }

  private view(): View {
    const { list, page, filter } = this;
    const { columns } = this.screen.size;
    if (page !== undefined)
      return page.view(columns, this.frame.rowsBeside(PAGE_FRAME), page.isHelp ? HELP_HINTS : PAGE_HINTS);
    const { letters, selectionWritten, quitHint } = this.options;
    const marked = list.markedCount === 0 ? '' : `  ${list.markedCount} marked`;
    const filtered = [selectionWritten, filter.written].filter((written) => written !== '');
    const filters = filtered.map((written) => `  & ${printableLine(written)}`).join('');
    return {
      title: ` ${printableLine(letters.queue)}  ${list.position}/${list.shownCount}${marked}${filters}`,
      body: list.lines({ columns, rows: this.frame.rowsBeside(LIST_FRAME), nowMs: Date.now(), absence: this.absence }),
      hints: ['h help', quitHint, ...changeHints(list.markedCount), ...LIST_HINTS],
    };
  }
}

/** Which messages the keys change. */
function changeHints(marked: number): string[] {
  return marked === 0 ? ['r replay', 'D delete'] : [`r replay ${marked} marked`, `D delete ${marked} marked`];
}
