// Patterns with wildcards, in time that grows with pattern and text: a regular expression would try every way of sharing a name
// among several stars, and both may come from a stranger.

/** What a pattern is made of: one character, any number of them, or one of several ways to go on. */
export type WildcardPart =
  | { readonly one: Fits }
  | { readonly many: Fits }
  | { readonly choice: readonly (readonly WildcardPart[])[] };

type Fits = (character: string) => boolean;

/** A pattern that was read. */
export interface Wildcards {
  /** Whether the whole text fits. */
  test(text: string): boolean;
}

/** Where the text may have come to: what the next character must be, and where it leads. */
interface State {
  readonly fits?: Fits | undefined;
  readonly next: readonly State[];
  /** Where it also is, without a character. */
  readonly also: readonly State[];
}

const any: Fits = () => true;

/** Parts that patterns have in common. */
export const anyOne: WildcardPart = Object.freeze({ one: any });
export const anyMany: WildcardPart = Object.freeze({ many: any });

/** A text as it stands. */
export function literally(text: string): readonly WildcardPart[] {
  return [...text].map((wanted) => ({ one: (character) => character === wanted }));
}

/** One of the characters between `[` and `]`, written as in a regular expression. Throws `SyntaxError` where it is none. */
export function matchAny(source: string): WildcardPart {
  const expression = new RegExp(`^[${source}]$`, "su");
  return { one: (character) => expression.test(character) };
}

/** Makes a pattern of its parts. */
export function joinWildcards(parts: readonly WildcardPart[]): Wildcards {
  const end: State = { next: [], also: [] };
  const start = link(parts, end);
  return { test: (text) => matches(start, end, text) };
}

function link(parts: readonly WildcardPart[], end: State): State {
  return parts.reduceRight((next, part) => linkOne(part, next), end);
}

function linkOne(part: WildcardPart, next: State): State {
  if ("one" in part) {
    return { fits: part.one, next: [next], also: [] };
  }
  if ("choice" in part) {
    return { next: [], also: part.choice.map((each) => link(each, next)) };
  }
  const onwards: State[] = [];
  const state: State = { fits: part.many, next: onwards, also: [next] };
  onwards.push(state);
  return state;
}

function matches(start: State, end: State, text: string): boolean {
  let now = spread([start]);
  for (const character of text) {
    const led: State[] = [];
    for (const { fits, next } of now) {
      if (fits?.(character) === true) {
        led.push(...next);
      }
    }
    now = spread(led);
    if (now.size === 0) {
      return false;
    }
  }
  return now.has(end);
}

/** The states, and those that each of them also is. */
function spread(states: readonly State[]): ReadonlySet<State> {
  const all = new Set(states);
  for (const { also } of all) {
    for (const state of also) {
      all.add(state);
    }
  }
  return all;
}
