// Values that must not be seen: who registers one here need not think of the ways in which it could be printed.
import { secretForms } from "./secret-forms.ts";

const HIDDEN = "<sensitive>";
const BUCKETS = 1 << 16;
/** What fits into a byte of the table. */
const LONGEST_STEP = 255;

/** The values to hide in everything that leaves the program. */
export class Secrets {
  readonly #values = new Set<string>();
  readonly #forms = new Set<string>();
  /** Length of the shortest form: the window in which a secret is looked for. */
  #window = 0;
  /** How far the window may move on when these two characters end it: few positions of a log are looked at at all. */
  readonly #steps = new Uint8Array(BUCKETS);
  /** Forms by their first pair, the longest first. */
  readonly #buckets = new Map<number, string[]>();
  readonly #listeners: ((form: string) => void)[] = [];

  /** Hides a value from now on: as it is, line by line, and in its usual encodings. Empty and one-character values are ignored. */
  register(value: string): void {
    if (value.length < 2 || this.#values.has(value)) return;
    this.#values.add(value);
    for (const form of secretForms(value)) this.#add(form);
  }

  /** Grows with every form that is hidden: what was filtered at the same number need not be filtered again. */
  get size(): number {
    return this.#forms.size;
  }

  /** Calls `listener` with every form that is hidden, those of the past at once. */
  onForm(listener: (form: string) => void): void {
    for (const form of this.#forms) listener(form);
    this.#listeners.push(listener);
  }

  /** The text with every secret replaced by `<sensitive>`; where secrets overlap, all they cover goes. */
  filter(text: string): string {
    if (this.#forms.size === 0) return text;
    let shown = "";
    let copied = 0;
    const steps = this.#steps;
    const window = this.#window;
    let at = 0;
    while (at + window <= text.length) {
      const step = steps[pairOf(text.charCodeAt(at + window - 2), text.charCodeAt(at + window - 1))] as number;
      if (step > 0) {
        at += step;
        continue;
      }
      const end = this.#endOf(text, at);
      if (end === at) at++;
      else {
        shown += text.slice(copied, at) + HIDDEN;
        at = copied = this.#extend(text, at, end);
      }
    }
    return copied === 0 ? text : shown + text.slice(copied);
  }

  #add(form: string): void {
    if (this.#forms.has(form)) return;
    this.#forms.add(form);
    if (this.#window === 0 || form.length < this.#window) this.#narrow(form.length);
    else this.#step(form);
    const pair = pairAt(form, 0);
    const bucket = this.#buckets.get(pair) ?? [];
    bucket.push(form);
    bucket.sort((a, b) => b.length - a.length);
    this.#buckets.set(pair, bucket);
    for (const listener of this.#listeners) listener(form);
  }

  /** A shorter window is another table. */
  #narrow(window: number): void {
    this.#window = window;
    this.#steps.fill(Math.min(window - 1, LONGEST_STEP));
    for (const form of this.#forms) this.#step(form);
  }

  /** Every pair in the window's length of a form says how far its end is: no further may the window move. */
  #step(form: string): void {
    const last = this.#window - 2;
    for (let at = 0; at <= last; at++) {
      const pair = pairAt(form, at);
      this.#steps[pair] = Math.min(this.#steps[pair] as number, last - at);
    }
  }

  /** Where the longest secret that begins at `at` ends; `at` when none does. */
  #endOf(text: string, at: number): number {
    for (const form of this.#buckets.get(pairAt(text, at)) ?? []) if (text.startsWith(form, at)) return at + form.length;
    return at;
  }

  /** Follows secrets that begin inside what is hidden already. */
  #extend(text: string, from: number, to: number): number {
    let end = to;
    for (let at = from + 1; at < end && at < text.length - 1; at++) end = Math.max(end, this.#endOf(text, at));
    return end;
  }
}

function pairAt(text: string, at: number): number {
  return pairOf(text.charCodeAt(at), text.charCodeAt(at + 1));
}

function pairOf(first: number, second: number): number {
  return ((first * 31) ^ (second * 2053)) & (BUCKETS - 1);
}
