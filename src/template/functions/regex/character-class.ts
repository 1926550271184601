// Sets of characters, in brackets and as escapes such as \d and \p{Greek}.
import type { CharacterTest } from "./syntax.ts";
import { RegexError } from "./syntax.ts";

/** Characters as the inside of a JavaScript class, or all but these. */
export interface ClassItem {
  readonly inside: string;
  readonly negated: boolean;
}

const digit = "0-9";
const space = "\\t\\n\\f\\r ";
const word = "0-9A-Za-z_";

/** The classes that are escapes of one letter; they know ASCII only. */
export const letterClasses: Readonly<Record<string, ClassItem>> = {
  d: { inside: digit, negated: false },
  D: { inside: digit, negated: true },
  s: { inside: space, negated: false },
  S: { inside: space, negated: true },
  w: { inside: word, negated: false },
  W: { inside: word, negated: true },
};

const namedClasses: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\u0000-\\u007f",
  blank: "\\t ",
  cntrl: "\\u0000-\\u001f\\u007f",
  digit,
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word,
  xdigit: "0-9A-Fa-f",
};

/** A class such as `[:alpha:]` or `[:^alpha:]`, which stands inside brackets. */
export function findNamedClass(written: string): ClassItem {
  const [, not = "", name = ""] = /^\[:(\^?)(.*):\]$/s.exec(written) ?? [];
  const inside = Object.hasOwn(namedClasses, name) ? namedClasses[name] : undefined;
  if (inside === undefined) {
    throw new RegexError(`there is no class ${written}; there are ${Object.keys(namedClasses).join(", ")}`);
  }
  return { inside, negated: not !== "" };
}

/** A class such as `\pL`, `\p{Greek}` or `\P{^Lu}`. */
export function unicodeClass(written: string): ClassItem {
  const [, letter = "", braced, single] = /^\\([pP])(?:\{(.*)\}|(.))$/su.exec(written) ?? [];
  const full = braced ?? single ?? "";
  const negated = (letter === "P") !== full.startsWith("^");
  const name = full.replace(/^\^/, "");
  const inside = wholeClasses[name] ?? [`\\p{gc=${name}}`, `\\p{sc=${name}}`].find(isProperty);
  if (inside === undefined) {
    throw new RegexError(`there is no Unicode class ${written}`);
  }
  return { inside, negated };
}

/** Classes that JavaScript has otherwise or not at all: in RE2, C has no unassigned characters. */
const wholeClasses: Readonly<Record<string, string>> = { Any: "\\u{0}-\\u{10ffff}", C: "\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}" };

function isProperty(property: string): boolean {
  try {
    return new RegExp(property, "u").source !== "";
  } catch {
    return false;
  }
}

/** A character as it may stand inside a JavaScript class. */
export function escapeForClass(point: number): string {
  return `\\u{${point.toString(16)}}`;
}

/** Tests for one of the items, or for none of them. */
export function classTest(items: readonly ClassItem[], negated: boolean, ignoreCase: boolean): CharacterTest {
  const flags = ignoreCase ? "iu" : "u";
  const positive = items.filter((item) => !item.negated).map(({ inside }) => inside);
  // Everything in one pattern, but each negated item on its own: letter case is ignored before it is negated.
  const tests = items
    .filter((item) => item.negated)
    .map(({ inside }) => ({ pattern: new RegExp(`^[${inside}]$`, flags), wanted: false }));
  if (positive.length > 0) {
    tests.push({ pattern: new RegExp(`^[${positive.join("")}]$`, flags), wanted: true });
  }
  return rememberTest((point) => {
    const character = String.fromCodePoint(point);
    return tests.some(({ pattern, wanted }) => pattern.test(character) === wanted) !== negated;
  });
}

/** Asks once for each character. */
function rememberTest(test: CharacterTest): CharacterTest {
  const known = new Map<number, boolean>();
  return (point) => {
    const before = known.get(point);
    if (before !== undefined) {
      return before;
    }
    const answer = test(point);
    known.set(point, answer);
    return answer;
  };
}
