// Values that must not be seen: who registers one here need not think of the ways in which it could be printed.
import { KeptNames } from "./kept-names.ts";
import { listSecretForms } from "./secret-forms.ts";
import { type Piece, SecretPieces } from "./secret-pieces.ts";
import { findWeakness, holdsWord, type Weakness } from "./secret-strength.ts";

const HIDDEN = "<sensitive>";
const BUCKETS = 1 << 16;
/** What fits into a byte of the table. */
const LONGEST_STEP = 255;
/** Fields whose values are words of ours; replacing inside them would break those who read them. */
const WORDS = new Set(["type", "level", "kind", "outcome", "failure", "severity", "code", "change", "command"]);

/** What a text is, which tells in which places of it a weak secret stays: in names, everywhere, or nowhere. */
type Mode = "text" | "name" | "any";

/** Where a secret comes from. */
export interface SecretOrigin {
  /** For people, such as `variable "token"`. */
  readonly name?: string | undefined;
  /** True when nobody called the value a secret, only the option that it went into: then one that stands in the template is none. */
  readonly isGuess?: boolean | undefined;
}

/** A value that is hidden in texts only, or not at all. */
export interface WeakSecret {
  readonly name: string;
  readonly weakness: Weakness;
  readonly isHidden: boolean;
}

/**
 * The values to hide in everything that people read. Strong ones are hidden wherever they stand; weak ones, which are
 * short, common or stand in the template in clear, are hidden in texts but in no name and path.
 */
export class Secrets {
  /** With the names they were registered under. */
  readonly #values = new Map<string, Set<string>>();
  /** What was taken for a secret and stands in the template in clear. */
  readonly #plain = new Map<string, Set<string>>();
  readonly #forms = new Set<string>();
  readonly #strong = new Set<string>();
  readonly #clear = new Set<string>();
  readonly #names = new KeptNames();
  /** Length of the shortest form: the window in which a secret is looked for. */
  #window = 0;
  /** How far the window may move on when these two characters end it: few positions of a log are looked at at all. */
  readonly #steps = new Uint8Array(BUCKETS);
  /** Forms by their first pair, the longest first. */
  readonly #buckets = new Map<number, string[]>();
  readonly #listeners: ((form: string) => void)[] = [];
  #longest = 0;
  #isAnnounced = false;
  /** Made when a message is shown. */
  #pieces: SecretPieces | undefined;

  /** Hides a value from now on: as it is, line by line, and in its usual encodings. Empty and one-character values are only remembered. */
  register(value: string, { name = "", isGuess = false }: SecretOrigin = {}): void {
    if (value === "") {
      return;
    }
    const isPlain = isGuess && !this.#values.has(value) && (value.length < 2 || this.#standsInClear(value));
    const list = isPlain ? this.#plain : this.#values;
    const known = list.get(value);
    if (known !== undefined) {
      if (name !== "") {
        known.add(name);
      }
      return;
    }
    list.set(value, new Set(name === "" ? [] : [name]));
    this.#pieces = undefined;
    if (!isPlain && value.length > 1) {
      this.#hide(value);
    }
  }

  /** Takes a text that everybody can read, such as a template: what stands in it cannot be kept secret. */
  showInClear(text: string): void {
    if (text === "" || this.#clear.has(text)) {
      return;
    }
    this.#clear.add(text);
    if (this.#isAnnounced) {
      return;
    }
    this.#strong.clear();
    for (const value of this.#values.keys()) {
      if (value.length > 1) {
        this.#judge(value);
      }
    }
  }

  /** Keeps a name as it is where it is shown, also when a weak secret is part of it. */
  keepName(name: string): void {
    this.#names.add(name);
  }

  /** The same for a path, and for the folders and the file in it. */
  keepPath(path: string): void {
    this.#names.addPath(path);
  }

  /** Calls `listener` with every form of a strong secret, those of the past as soon as all that stands in clear is known. */
  onStrong(listener: (form: string) => void): void {
    this.#listeners.push(listener);
    if (this.#isAnnounced) {
      for (const form of this.#strong) {
        listener(form);
      }
    }
  }

  /** What stands in clear is known: from now on, those who listen are told of strong secrets. */
  announce(): void {
    if (this.#isAnnounced) {
      return;
    }
    this.#isAnnounced = true;
    for (const form of this.#strong) {
      for (const listener of this.#listeners) {
        listener(form);
      }
    }
  }

  /** The values that cannot be hidden well, as far as somebody can do something about them. */
  get weak(): readonly WeakSecret[] {
    const found: WeakSecret[] = [];
    for (const names of this.#plain.values()) {
      for (const name of names) {
        found.push({ name, weakness: "clear", isHidden: false });
      }
    }
    for (const [value, names] of this.#values) {
      const weakness = this.#weaknessOf(value);
      if (weakness !== undefined) {
        for (const name of names) {
          found.push({ name, weakness, isHidden: value.length > 1 });
        }
      }
    }
    return found;
  }

  /** A text for people with every secret replaced by `<sensitive>`; where secrets overlap, all they cover goes. */
  filter(text: string): string {
    return this.#replaced(text, "text");
  }

  /** A name for people: only strong secrets are replaced in it. */
  filterName(name: string): string {
    return this.#replaced(name, "name");
  }

  /** Whether a text holds a secret, weak or strong, wherever. */
  holds(text: string): boolean {
    return this.#replaced(text, "any") !== text;
  }

  /** The forms of hidden values that stand in a text. */
  findValues(text: string): readonly string[] {
    return [...this.#forms].filter((form) => text.includes(form));
  }

  /** A message of ours for people: also without pieces of a secret, which whoever read it may have quoted. */
  filterMessage(text: string): string {
    const shown = this.filter(text);
    if (this.#forms.size === 0) {
      return shown;
    }
    this.#pieces ??= new SecretPieces(this.#values.keys());
    return this.#pieces.hide(shown, HIDDEN, (piece) => this.#isKept(piece));
  }

  /** Length of the longest form. */
  get longest(): number {
    return this.#longest;
  }

  /** Where a text may be cut instead of at `at`, so that no secret comes apart: before one that stands there, or behind it when it begins the text. */
  findCut(text: string, at: number): number {
    let cut = at;
    for (let first = this.#beginAcross(text, cut); first < cut; first = this.#beginAcross(text, cut)) {
      cut = first;
    }
    if (cut > 0) {
      return cut;
    }
    for (const form of this.#forms) {
      cut = text.startsWith(form) ? Math.max(cut, form.length) : cut;
    }
    return cut;
  }

  /** A copy for people, every text in it filtered. What is read by programs is never taken from it. */
  shown<T>(value: T): T {
    return changeTexts(value, (text) => this.filter(text)) as T;
  }

  /** A copy of data that is handed to strangers: strong secrets are replaced in it, names and paths with weak ones stay. */
  published<T>(value: T): T {
    return changeTexts(value, (text) => this.filterName(text)) as T;
  }

  #replaced(text: string, mode: Mode): string {
    if (this.#forms.size === 0) {
      return text;
    }
    let shown = "";
    let copied = 0;
    const steps = this.#steps;
    const window = this.#window;
    let at = 0;
    while (at + window <= text.length) {
      const step = steps[makePair(text.charCodeAt(at + window - 2), text.charCodeAt(at + window - 1))] as number;
      if (step > 0) {
        at += step;
        continue;
      }
      const end = this.#endOf(text, at, mode);
      if (end === at) {
        at++;
      } else {
        shown += text.slice(copied, at) + HIDDEN;
        at = copied = this.#extend(text, at, end, mode);
      }
    }
    return copied === 0 ? text : shown + text.slice(copied);
  }

  #hide(value: string): void {
    const forms = listSecretForms(value);
    for (const form of forms) {
      this.#add(form);
    }
    this.#judge(value, forms);
  }

  #weaknessOf(value: string): Weakness | undefined {
    return findWeakness(value) ?? (this.#standsInClear(value) ? "clear" : undefined);
  }

  #standsInClear(value: string): boolean {
    for (const text of this.#clear) {
      if (holdsWord(text, value)) {
        return true;
      }
    }
    return false;
  }

  /** Whether a piece is a common word, a part of a name, or stands in clear in another place than the value itself. */
  #isKept({ piece, text, at, value }: Piece): boolean {
    if (findWeakness(piece) === "common" || this.#names.hold(text, at, piece)) {
      return true;
    }
    const forms = [value, JSON.stringify(value).slice(1, -1)];
    for (const clear of this.#clear) {
      if (
        holdsWord(
          forms.reduce((rest, form) => rest.replaceAll(form, "\n"), clear),
          piece,
        )
      ) {
        return true;
      }
    }
    return false;
  }

  /** Of a strong secret, a line that is short or common is still weak. */
  #judge(value: string, forms: ReadonlySet<string> = listSecretForms(value)): void {
    if (this.#weaknessOf(value) !== undefined) {
      return;
    }
    for (const form of forms) {
      if (this.#strong.has(form) || findWeakness(form) !== undefined) {
        continue;
      }
      this.#strong.add(form);
      if (this.#isAnnounced) {
        for (const listener of this.#listeners) {
          listener(form);
        }
      }
    }
  }

  #add(form: string): void {
    if (this.#forms.has(form)) {
      return;
    }
    this.#forms.add(form);
    this.#longest = Math.max(this.#longest, form.length);
    if (this.#window === 0 || form.length < this.#window) {
      this.#narrow(form.length);
    } else {
      this.#step(form);
    }
    const pair = pairAt(form, 0);
    const bucket = this.#buckets.get(pair) ?? [];
    bucket.push(form);
    bucket.sort((a, b) => b.length - a.length);
    this.#buckets.set(pair, bucket);
  }

  /** A shorter window is another table. */
  #narrow(window: number): void {
    this.#window = window;
    this.#steps.fill(Math.min(window - 1, LONGEST_STEP));
    for (const form of this.#forms) {
      this.#step(form);
    }
  }

  /** Every pair in the window's length of a form says how far its end is: no further may the window move. */
  #step(form: string): void {
    const last = this.#window - 2;
    for (let at = 0; at <= last; at++) {
      const pair = pairAt(form, at);
      this.#steps[pair] = Math.min(this.#steps[pair] as number, last - at);
    }
  }

  /** Where the first of the secrets begins that reach across a place; the place when none does. */
  #beginAcross(text: string, place: number): number {
    let first = place;
    for (const form of this.#forms) {
      const from = Math.max(0, place - form.length + 1);
      const found = text.slice(from, place + form.length - 1).indexOf(form);
      first = found < 0 ? first : Math.min(first, from + found);
    }
    return first;
  }

  /** Where the longest secret that begins at `at` ends; `at` when none does. */
  #endOf(text: string, at: number, mode: Mode): number {
    for (const form of this.#buckets.get(pairAt(text, at)) ?? []) {
      if (!text.startsWith(form, at) || isHiddenAlready(text, at, form)) {
        continue;
      }
      const isKept = mode === "name" || (mode === "text" && this.#names.hold(text, at, form));
      if (!isKept || this.#strong.has(form)) {
        return at + form.length;
      }
    }
    return at;
  }

  /** Follows secrets that begin inside what is hidden already. */
  #extend(text: string, from: number, to: number, mode: Mode): number {
    let end = to;
    for (let at = from + 1; at < end && at < text.length - 1; at++) {
      end = Math.max(end, this.#endOf(text, at, mode));
    }
    return end;
  }
}

function changeTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") {
    return change(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => changeTexts(item, change));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, WORDS.has(key) ? item : changeTexts(item, change)]),
  );
}

/** What stands for a secret stays, whatever the secrets are. */
function isHiddenAlready(text: string, at: number, form: string): boolean {
  const inside = HIDDEN.indexOf(form);
  return inside >= 0 && text.startsWith(HIDDEN, at - inside);
}

function pairAt(text: string, at: number): number {
  return makePair(text.charCodeAt(at), text.charCodeAt(at + 1));
}

function makePair(first: number, second: number): number {
  return ((first * 31) ^ (second * 2053)) & (BUCKETS - 1);
}
