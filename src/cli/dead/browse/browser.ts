import { type DeadLettersOptions, isEverything, type Selection, Snapshot } from '../../../dead/index.js';
import { DispatcherError, messageOf } from '../../../errors/index.js';
import { formatDetails } from '../output/message-details.js';
import { messages } from '../output/output.js';
import { printableLine } from '../output/printable.js';
import { cutToWidth, padToWidth } from '../output/text-width.js';
import { type ActionKind, act, openQueue } from './action.js';
import { containsAll, parseFilter } from './filter.js';
import { HELP_TEXT } from './help-page.js';
import { MessageList } from './message-list.js';
import { askLine } from './prompt.js';
import type { Screen } from './screen.js';
import { TextPage } from './text-page.js';

const REVERSE = '\u001b[7m';
const PLAIN = '\u001b[0m';
const REDRAWN_EVERY_MS = 100;
/** Title, heading and status. */
const LIST_FRAME = 3;
/** Title and status. */
const PAGE_FRAME = 2;
const HINTS = ['h help', 'q quit', 'enter look', 'm mark', 'r replay', 'D delete', '& filter', '/ search'];
const PAGE_HINTS = ['q back', 'space more', '/ search', 'r replay', 'D delete'];
/** To be typed before messages are deleted. */
const AGREEMENT = 'delete';

export interface BrowserOptions {
  readonly screen: Screen;
  readonly letters: DeadLettersOptions;
  readonly companion: string | undefined;
  /** The messages to browse; the filter of the screen chooses among them. */
  readonly selection: Selection;
}

/** The full-screen browser: a list of messages, and pages of text above it. Ends with `q`, or with its screen. */
export class Browser {
  private readonly options: BrowserOptions;
  private readonly screen: Screen;
  private readonly list = new MessageList();
  private snapshot: Snapshot | undefined;
  private page: TextPage | undefined;
  private filter = parseFilter('');
  private searched = '';
  private status = '';
  private drawnAt = 0;

  constructor(options: BrowserOptions) {
    this.options = options;
    this.screen = options.screen;
  }

  /** Shows a message of the program in the last line until the next key. */
  say(text: string): void {
    this.status = printableLine(text);
  }

  /** True when the user quit; false when the screen ended. @throws BrokerError when the queue cannot be read at first */
  async run(): Promise<boolean> {
    try {
      await this.reload();
      for (;;) {
        this.draw();
        const event = await this.screen.next();
        if (event.kind === 'end') return false;
        if (event.kind === 'resize') continue;
        this.status = '';
        if (event.name === 'redraw') this.screen.forget();
        else if (this.page === undefined) {
          if (event.name === 'q') return true;
          await this.pressInList(event.name);
        } else await this.pressInPage(event.name, this.page);
      }
    } finally {
      await this.snapshot?.close();
    }
  }

  private async pressInList(key: string): Promise<void> {
    const { list } = this;
    const rows = this.rows(LIST_FRAME);
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
    const rows = this.rows(PAGE_FRAME);
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
    const written = await this.ask('/');
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
    const written = await this.ask('& ');
    if (written === undefined) return;
    try {
      this.filter = parseFilter(written);
    } catch (error) {
      return this.say(messageOf(error));
    }
    await this.applyFilter();
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
        onDone: (done) => this.progress(`${what} ${done} of ${target.length}`),
      });
      this.page = undefined;
      await this.reload();
      this.say(result);
    });
  }

  private async agrees(kind: ActionKind, count: number): Promise<boolean> {
    if (kind === 'replay') return (await this.ask(`Replay ${messages(count)}? y or n: `)) === 'y';
    return (await this.ask(`Delete ${messages(count)} permanently? Type ${AGREEMENT}: `)) === AGREEMENT;
  }

  private ask(label: string): Promise<string | undefined> {
    return askLine(this.screen, { label, draw: (line) => this.draw(line) });
  }

  private async reload(): Promise<void> {
    const { letters: options, companion, selection } = this.options;
    this.progress('connecting');
    const letters = await openQueue(options, companion);
    let next: Snapshot;
    try {
      const onRead = (read: number): void => this.progress(`reading ${read} of ${letters.count}`);
      next = await Snapshot.take(letters, { selection, signal: this.screen.ended, onRead });
    } finally {
      await letters.close();
    }
    await this.snapshot?.close();
    this.snapshot = next;
    this.list.replace(next.entries, Date.now());
    await this.applyFilter();
  }

  /** What fails after the first look is said, and the browser goes on. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof DispatcherError)) throw error;
      this.say(error.message);
    }
    this.screen.flush();
  }

  private progress(text: string): void {
    const now = performance.now();
    if (now - this.drawnAt < REDRAWN_EVERY_MS) return;
    this.drawnAt = now;
    this.draw(`${text} …`);
  }

  private rows(frame: number): number {
    return Math.max(1, this.screen.size.rows - frame);
  }

  private draw(lastLine?: string): void {
    const { columns, rows } = this.screen.size;
    const body =
      this.page === undefined
        ? this.list.lines(columns, this.rows(LIST_FRAME))
        : this.page.lines(columns, this.rows(PAGE_FRAME));
    // After the body, which finds out how long the text is at this width.
    const title = `${REVERSE}${padToWidth(cutToWidth(this.title(), columns), columns)}${PLAIN}`;
    const last = cutToWidth(lastLine ?? (this.status || this.hints(columns)), columns);
    this.screen.draw([title, ...body].slice(0, rows - 1).concat(last));
  }

  private title(): string {
    const { list, page, filter } = this;
    if (page !== undefined) return ` ${page.title}  ${page.partSeen(this.rows(PAGE_FRAME))}%`;
    const queue = this.options.letters.queue;
    const marked = list.markedCount === 0 ? '' : `  ${list.markedCount} marked`;
    const filtered = filter.written === '' ? '' : `  & ${printableLine(filter.written)}`;
    return ` ${printableLine(queue)}  ${list.position}/${list.shownCount}${marked}${filtered}`;
  }

  /** As many as fit, the most useful first. */
  private hints(columns: number): string {
    const hints = this.page === undefined ? HINTS : PAGE_HINTS;
    let line = '';
    for (const hint of hints) if (line.length + hint.length + 2 <= columns) line += `${line === '' ? '' : '  '}${hint}`;
    return line;
  }
}
