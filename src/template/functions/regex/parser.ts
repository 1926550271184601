// Reads regular expressions in the syntax of RE2.
import {
  type ClassItem,
  classTest,
  escapeForClass,
  findNamedClass,
  letterClasses,
  unicodeClass,
} from "./character-class.ts";
import type { CharacterTest, Place, Regex, RegexNode } from "./syntax.ts";
import { RegexError } from "./syntax.ts";

/** Reads an expression; throws `RegexError` for what is none. */
export function parseRegex(source: string): Regex {
  return new RegexParser(source).run();
}

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
  readonly ungreedy: boolean;
}

const flagNames: Readonly<Record<string, keyof Flags>> = {
  i: "ignoreCase",
  m: "multiLine",
  s: "dotAll",
  U: "ungreedy",
};
const noFlags: Flags = { ignoreCase: false, multiLine: false, dotAll: false, ungreedy: false };
const mostRepeats = 1000;
const deepest = 250;
const empty: RegexNode = { is: "empty" };

class RegexParser {
  readonly #source: string;
  readonly #names: (string | undefined)[] = [];
  #at = 0;
  #flags = noFlags;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Regex {
    const root = this.#choice();
    if (this.#at < this.#source.length) {
      throw new RegexError("a closing ) has no opening partner");
    }
    return { root, groupNames: this.#names };
  }

  #peek(): string {
    const point = this.#source.codePointAt(this.#at);
    return point === undefined ? "" : String.fromCodePoint(point);
  }

  #next(): string {
    const character = this.#peek();
    this.#at += character.length;
    return character;
  }

  /** Takes what the pattern finds right here. The pattern must be sticky. */
  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source) ?? undefined;
    if (match !== undefined) {
      this.#at = pattern.lastIndex;
    }
    return match;
  }

  /** choice = sequence { "|" sequence } */
  #choice(): RegexNode {
    if (++this.#depth > deepest) {
      throw new RegexError("it is nested too deeply");
    }
    const options = [this.#sequence()];
    while (this.#peek() === "|") {
      this.#next();
      options.push(this.#sequence());
    }
    this.#depth--;
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { is: "choice", options };
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (!["", "|", ")"].includes(this.#peek())) {
      const literal = this.#take(/\\Q([\s\S]*?)(?:\\E|$)/y);
      if (literal === undefined) {
        parts.push(this.#repeated(this.#atom()));
      } else {
        this.#quoted(literal[1] ?? "", parts);
      }
    }
    const [first = empty] = parts;
    return parts.length > 1 ? { is: "sequence", parts } : first;
  }

  /** `\Q…\E`: an operator that follows repeats the last character only. */
  #quoted(text: string, parts: RegexNode[]): void {
    const characters = [...text].map((character) => this.#literal(character.codePointAt(0) ?? 0));
    const last = characters.pop();
    parts.push(...characters);
    if (last !== undefined) {
      parts.push(this.#repeated(last));
    }
  }

  /** repeated = atom [ ("*" | "+" | "?" | "{" n [ "," [ m ] ] "}") [ "?" ] ] */
  #repeated(inner: RegexNode): RegexNode {
    const operator = this.#operator();
    if (operator === undefined) {
      return inner;
    }
    const [min, max] = operator;
    if (min > mostRepeats || (max !== Number.POSITIVE_INFINITY && max > mostRepeats)) {
      throw new RegexError(`nothing can be repeated more than ${mostRepeats} times`);
    }
    if (min > max) {
      throw new RegexError("a repetition has a smaller maximum than minimum");
    }
    const lazy = this.#take(/\?/y) !== undefined;
    const stacked = this.#source.slice(this.#at);
    if (this.#operator() !== undefined) {
      throw new RegexError(`a repetition cannot be repeated again: ${stacked.slice(0, 10)}`);
    }
    return { is: "repeat", inner, min, max, greedy: lazy === this.#flags.ungreedy };
  }

  #operator(): readonly [number, number] | undefined {
    const match = this.#take(/[*+?]|\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/y);
    if (match === undefined) {
      return undefined;
    }
    const [all, min, comma, max] = match;
    if (all === "*") {
      return [0, Number.POSITIVE_INFINITY];
    }
    if (all === "+") {
      return [1, Number.POSITIVE_INFINITY];
    }
    if (all === "?") {
      return [0, 1];
    }
    const least = Number(min);
    if (comma === undefined) {
      return [least, least];
    }
    return [least, max === undefined ? Number.POSITIVE_INFINITY : Number(max)];
  }

  #atom(): RegexNode {
    const character = this.#peek();
    if (/^[*+?]$/.test(character)) {
      throw new RegexError(`nothing stands before the repetition ${character}`);
    }
    if (this.#operatorFollows()) {
      throw new RegexError("nothing stands before a repetition in braces");
    }
    if (character === "(") {
      return this.#group();
    }
    if (character === "[") {
      return { is: "character", test: this.#class() };
    }
    if (character === "\\") {
      return this.#escape();
    }
    this.#next();
    if (character === "^") {
      return place(this.#flags.multiLine ? "line-start" : "text-start");
    }
    if (character === "$") {
      return place(this.#flags.multiLine ? "line-end" : "text-end");
    }
    if (character === ".") {
      return { is: "character", test: this.#flags.dotAll ? () => true : (point) => point !== 10 };
    }
    return this.#literal(character.codePointAt(0) ?? 0);
  }

  #operatorFollows(): boolean {
    const before = this.#at;
    const found = this.#operator() !== undefined;
    this.#at = before;
    return found;
  }

  #literal(point: number): RegexNode {
    if (!this.#flags.ignoreCase) {
      return { is: "character", test: (other) => other === point };
    }
    return { is: "character", test: classTest([{ inside: escapeForClass(point), negated: false }], false, true) };
  }

  /** group = "(" [ "?P<" name ">" | "?<" name ">" | "?" flags ":" ] choice ")" | "(?" flags ")" */
  #group(): RegexNode {
    const outside = this.#flags;
    if (this.#source.startsWith("(?", this.#at)) {
      const named = this.#take(/\(\?P?<(\w+)>/y);
      if (named !== undefined) {
        return this.#capture(named[1], outside);
      }
      const flags = this.#take(/\(\?([imsU]*)(-[imsU]+)?([:)])/y);
      if (flags === undefined) {
        this.#wrongGroup();
      }
      const [, on = "", off = "", end] = flags ?? [];
      if (end === ")" && on + off === "") {
        throw new RegexError("nothing stands before the repetition ?");
      }
      this.#flags = { ...outside, ...readFlags(on, true), ...readFlags(off, false) };
      if (end === ")") {
        return empty;
      }
      return this.#inside(outside);
    }
    this.#next();
    return this.#capture(undefined, outside);
  }

  #wrongGroup(): never {
    const rest = this.#source.slice(this.#at, this.#at + 5);
    const around = /^\(\?<?[=!]/.exec(rest)?.[0];
    if (around !== undefined) {
      throw new RegexError(`looking ahead and behind is not possible, as with ${around}`);
    }
    if (/^\(\?P?<|^\(\?'/.test(rest)) {
      throw new RegexError("the name of a group stands between < and > and has letters, digits and _ only");
    }
    throw new RegexError(`${rest} begins no group that is known`);
  }

  #capture(name: string | undefined, outside: Flags): RegexNode {
    const index = this.#names.push(name);
    return { is: "group", index, inner: this.#inside(outside) };
  }

  #inside(outside: Flags): RegexNode {
    const inner = this.#choice();
    if (this.#next() !== ")") {
      throw new RegexError("a closing ) is missing");
    }
    this.#flags = outside;
    return inner;
  }

  #escape(): RegexNode {
    const placed = this.#take(/\\([AzbB])/y)?.[1];
    if (placed !== undefined) {
      return place(escapedPlaces[placed] ?? "text-start");
    }
    const item = this.#classEscape();
    if (item !== undefined) {
      return { is: "character", test: classTest([item], false, this.#flags.ignoreCase) };
    }
    return this.#literal(this.#escapedCharacter());
  }

  /** `\d`, `\pL` and their kind. */
  #classEscape(): ClassItem | undefined {
    const letter = this.#take(/\\([dDsSwW])/y)?.[1];
    if (letter !== undefined) {
      return letterClasses[letter];
    }
    const unicode = this.#take(/\\[pP](?:\{[^}]*\}|[^{])/uy)?.[0];
    return unicode === undefined ? undefined : unicodeClass(unicode);
  }

  #escapedCharacter(): number {
    const hex = this.#take(/\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/y);
    if (hex !== undefined) {
      const point = Number.parseInt(hex[1] ?? hex[2] ?? "", 16);
      if (point > 0x10ffff) {
        throw new RegexError(`there is no character ${hex[0]}`);
      }
      return point;
    }
    // One digit alone would be a reference to a group, which RE2 does not have.
    const octal = this.#take(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y)?.[1];
    if (octal !== undefined) {
      return Number.parseInt(octal, 8);
    }
    const control = this.#take(/\\([aftnrv])/y)?.[1];
    if (control !== undefined) {
      return controls[control] ?? 0;
    }
    const sign = this.#take(/\\([!-/:-@[-`{-~ \u0000-\u001f\u007f])/y)?.[1];
    if (sign !== undefined) {
      return sign.charCodeAt(0);
    }
    const [written = "\\"] = /^\\.?/su.exec(this.#source.slice(this.#at)) ?? [];
    if (written === "\\") {
      throw new RegexError("nothing follows the last \\");
    }
    const why = /[1-9]/.test(written) ? ", and there are no references to groups" : "";
    throw new RegexError(`the escape ${written} is not known${why}`);
  }

  /** class = "[" [ "^" ] item { item } "]" */
  #class(): CharacterTest {
    this.#next();
    const negated = this.#take(/\^/y) !== undefined;
    const items: ClassItem[] = [];
    do {
      if (this.#at >= this.#source.length) {
        throw new RegexError("a closing ] is missing");
      }
      items.push(this.#classItem());
    } while (this.#peek() !== "]");
    this.#next();
    return classTest(items, negated, this.#flags.ignoreCase);
  }

  #classItem(): ClassItem {
    const named = this.#take(/\[:[\s\S]*?:\]/y)?.[0];
    if (named !== undefined) {
      return findNamedClass(named);
    }
    const escaped = this.#classEscape();
    if (escaped !== undefined) {
      return escaped;
    }
    const start = this.#at;
    const low = this.#classCharacter();
    const isRange = this.#take(/-(?!\])/y) !== undefined;
    const high = isRange ? this.#classCharacter() : low;
    if (high < low) {
      throw new RegexError(`the range ${this.#source.slice(start, this.#at)} runs backwards`);
    }
    return { inside: `${escapeForClass(low)}-${escapeForClass(high)}`, negated: false };
  }

  #classCharacter(): number {
    const character = this.#peek();
    if (character === "") {
      throw new RegexError("a closing ] is missing");
    }
    if (character === "\\") {
      return this.#escapedCharacter();
    }
    this.#next();
    return character.codePointAt(0) ?? 0;
  }
}

function place(where: Place): RegexNode {
  return { is: "place", place: where };
}

const escapedPlaces: Readonly<Record<string, Place>> = {
  A: "text-start",
  z: "text-end",
  b: "word-boundary",
  B: "no-word-boundary",
};
const controls: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

function readFlags(letters: string, value: boolean): Partial<Flags> {
  return Object.fromEntries(
    [...letters].flatMap((letter) => (flagNames[letter] === undefined ? [] : [[flagNames[letter], value]])),
  );
}
