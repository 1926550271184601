// Pieces of secrets in messages: whoever read a value may quote the part of it that he did not understand.

/** A shorter run of characters says next to nothing, and occurs by chance. */
const SHORTEST_RUN = 6;
/** In quotes it is there because of what it says. */
const SHORTEST_QUOTED = 4;
/** Of a value that is longer the beginning is looked at: it is a file, not a word that somebody would quote. */
const LONGEST_VALUE = 64 * 1024;
const QUOTED = /(["'`])((?:(?!\1).)+)\1/g;

/** What a text has in common with a value. */
export interface Piece {
  readonly piece: string;
  readonly text: string;
  /** Where it begins in the text. */
  readonly at: number;
  readonly value: string;
}

const WORD_PART = /[\p{L}\p{N}]/u;

/** Whether a piece stays, for it says nothing about the value. */
type IsKept = (piece: Piece) => boolean;

/** Finds what messages have in common with some values. */
export class SecretPieces {
  readonly #values: readonly string[];
  /** The values in which a run of the shortest length stands. */
  readonly #runs = new Map<string, Set<string>>();

  constructor(values: Iterable<string>) {
    this.#values = [...values].map((value) => value.slice(0, LONGEST_VALUE));
    for (const value of this.#values) {
      for (let at = 0; at + SHORTEST_RUN <= value.length; at++) {
        const run = value.slice(at, at + SHORTEST_RUN);
        this.#runs.set(run, (this.#runs.get(run) ?? new Set()).add(value));
      }
    }
  }

  /** A message with `hidden` in place of what tells a part of a value. */
  hide(message: string, hidden: string, isKept: IsKept): string {
    const parts = message.split(hidden).map((part) => this.#hideRuns(part, hidden, isKept));
    const shown = parts.join(hidden);
    return shown.replace(QUOTED, (whole: string, quote: string, piece: string, at: number) => {
      const isSecret = (value: string): boolean =>
        value.includes(piece) && !isKept({ piece, text: shown, at: at + 1, value });
      return countLetters(piece) >= SHORTEST_QUOTED && this.#values.some(isSecret) ? quote + hidden + quote : whole;
    });
  }

  #hideRuns(text: string, hidden: string, isKept: IsKept): string {
    let shown = "";
    let copied = 0;
    for (let at = 0; at + SHORTEST_RUN <= text.length; at++) {
      const end = this.#endOf(text, at, isKept);
      if (end > at) {
        shown += text.slice(copied, at) + hidden;
        copied = end;
        at = end - 1;
      }
    }
    return shown + text.slice(copied);
  }

  /** Where the longest run of whole words ends that begins at `at`; `at` when none does. */
  #endOf(text: string, at: number, isKept: IsKept): number {
    let longest = at;
    if (isInWord(text, at) || text.charAt(at).trim() === "") {
      return at;
    }
    for (const value of this.#runs.get(text.slice(at, at + SHORTEST_RUN)) ?? []) {
      let end = at + SHORTEST_RUN;
      while (end < text.length && value.includes(text.slice(at, end + 1))) {
        end++;
      }
      while (isInWord(text, end)) {
        end--;
      }
      const piece = text.slice(at, end);
      if (end > longest && isTelling(text, at, piece) && !isKept({ piece, text, at, value })) {
        longest = end;
      }
    }
    return longest;
  }
}

/** Whether a place of a text has a letter or digit on both sides. */
function isInWord(text: string, at: number): boolean {
  return WORD_PART.test(text.charAt(at - 1)) && WORD_PART.test(text.charAt(at));
}

/** Words that could be our own are a secret's only when something was quoted there, or when they are many. */
function isTelling(text: string, at: number, piece: string): boolean {
  const letters = countLetters(piece);
  if (letters < SHORTEST_RUN) {
    return false;
  }
  const isOurs = /^[\s\p{Ll}]+$/u.test(piece) && piece.trim().split(/\s+/).length < 3;
  return !isOurs || /[^\s\p{L}\p{N},;)\]]\s?$/u.test(text.slice(Math.max(0, at - 2), at));
}

function countLetters(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}
