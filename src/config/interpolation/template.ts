/** A part of a template: text as it stands, or a reference to fill in. */
export type Part = string | Reference;

/** `${NAME}`, `${NAME:-default}`, `${file:PATH}`, or something that looks like one and is none. */
export type Reference =
  | { readonly kind: 'variable'; readonly written: string; readonly name: string; readonly fallback?: readonly Part[] }
  | { readonly kind: 'file'; readonly written: string; readonly path: readonly Part[] }
  | { readonly kind: 'malformed'; readonly written: string; readonly flaw: Flaw };

/** A reference that is not closed, is none, or has too many references inside each other in it. */
export type Flaw = 'open' | 'none' | 'deep';

/** How many references may stand inside each other. */
export const DEEPEST_REFERENCE = 10;

/** Text of the file that contains `${`, before it is filled in. */
export class Template {
  /** The text as written, without its quotes. */
  readonly text: string;
  /** True for a plain scalar: its filled text is then read as YAML would read it. */
  readonly isPlain: boolean;

  constructor(text: string, isPlain: boolean) {
    this.text = text;
    this.isPlain = isPlain;
  }

  /** Text without `${` is no template. */
  static isIn(text: string): boolean {
    return text.includes('${');
  }

  parts(): readonly Part[] {
    return new TemplateReader(this.text).parts();
  }
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPENING = '${';
const ESCAPED = '$${';

class TemplateReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #isTooDeep = false;

  constructor(text: string) {
    this.#text = text;
  }

  parts(): readonly Part[] {
    return this.#until(undefined);
  }

  /** Reads up to the end of the text, or to the brace that closes the reference around it, which it leaves. */
  #until(closing: '}' | undefined): readonly Part[] {
    const parts: Part[] = [];
    let literal = '';
    let depth = 0;
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (this.#take(ESCAPED)) {
        literal += OPENING;
        depth++;
      } else if (this.#text.startsWith(OPENING, this.#at)) {
        if (literal !== '') parts.push(literal);
        literal = '';
        this.#depth++;
        parts.push(this.#reference());
        this.#depth--;
      } else {
        if (closing !== undefined && character === closing && depth === 0) break;
        // A default may be JSON: `${LIMITS:-{}}`.
        if (character === '{') depth++;
        else if (character === '}') depth = Math.max(0, depth - 1);
        literal += character;
        this.#at++;
      }
    }
    if (literal !== '') parts.push(literal);
    return parts;
  }

  #reference(): Reference {
    const start = this.#at;
    if (this.#depth > DEEPEST_REFERENCE) {
      this.#isTooDeep = true;
      this.#at = this.#text.length;
      return { kind: 'malformed', written: this.#text.slice(start), flaw: 'deep' };
    }
    this.#at += OPENING.length;
    // `${file:-x}` is the variable named file, with a default.
    if (!this.#text.startsWith('file:-', this.#at) && this.#take('file:')) {
      const path = this.#until('}');
      const isEmpty = path.length === 0;
      if (!this.#take('}') || isEmpty) return this.#malformed(start);
      return { kind: 'file', written: this.#text.slice(start, this.#at), path };
    }
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) return this.#malformed(start);
    this.#at += name.length;
    const fallback = this.#take(':-') ? this.#until('}') : undefined;
    if (!this.#take('}')) return this.#malformed(start);
    const written = this.#text.slice(start, this.#at);
    return { kind: 'variable', written, name, ...(fallback !== undefined && { fallback }) };
  }

  #malformed(start: number): Reference {
    const end = this.#text.indexOf('}', start);
    const isOpen = end === -1;
    this.#at = isOpen ? this.#text.length : Math.max(this.#at, end + 1);
    return {
      kind: 'malformed',
      written: this.#text.slice(start, this.#at),
      flaw: this.#isTooDeep ? 'deep' : isOpen ? 'open' : 'none',
    };
  }

  #take(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }
}
