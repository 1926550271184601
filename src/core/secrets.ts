// Values that must not be seen: who registers one here need not think of the ways in which it could be printed.
import { secretForms } from "./secret-forms.ts";

const HIDDEN = "<sensitive>";
const BUCKETS = 1 << 16;

/** The values to hide in everything that leaves the program. */
export class Secrets {
  readonly #values = new Set<string>();
  readonly #forms = new Set<string>();
  /** 1 where some form begins with a pair of characters that falls there: nearly every position of a log is dismissed with one look. */
  readonly #begins = new Uint8Array(BUCKETS);
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
    const last = text.length - 1;
    for (let at = 0; at < last; at++) {
      const pair = pairOf(text.charCodeAt(at), text.charCodeAt(at + 1));
      if (this.#begins[pair] === 0) continue;
      const end = this.#endOf(text, at, pair);
      if (end === at) continue;
      const covered = this.#extend(text, at, end);
      shown += text.slice(copied, at) + HIDDEN;
      copied = covered;
      at = covered - 1;
    }
    return copied === 0 ? text : shown + text.slice(copied);
  }

  #add(form: string): void {
    if (this.#forms.has(form)) return;
    this.#forms.add(form);
    const pair = pairOf(form.charCodeAt(0), form.charCodeAt(1));
    this.#begins[pair] = 1;
    const bucket = this.#buckets.get(pair) ?? [];
    bucket.push(form);
    bucket.sort((a, b) => b.length - a.length);
    this.#buckets.set(pair, bucket);
    for (const listener of this.#listeners) listener(form);
  }

  /** Where the longest secret that begins at `at` ends; `at` when none does. */
  #endOf(text: string, at: number, pair: number): number {
    for (const form of this.#buckets.get(pair) ?? []) if (text.startsWith(form, at)) return at + form.length;
    return at;
  }

  /** Follows secrets that begin inside what is hidden already. */
  #extend(text: string, from: number, to: number): number {
    let end = to;
    for (let at = from + 1; at < end && at < text.length - 1; at++) {
      const pair = pairOf(text.charCodeAt(at), text.charCodeAt(at + 1));
      if (this.#begins[pair] !== 0) end = Math.max(end, this.#endOf(text, at, pair));
    }
    return end;
  }
}

function pairOf(first: number, second: number): number {
  return ((first * 31) ^ (second * 2053)) & (BUCKETS - 1);
}
