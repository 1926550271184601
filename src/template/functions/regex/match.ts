// Finds matches of a regular expression in a time that grows with the text alone, whatever the expression.
import { parseRegex } from "./parser.ts";
import { compileRegex, type Program, type Step } from "./program.ts";
import type { Place } from "./syntax.ts";

/** Where a match and its groups begin and end, in characters; -1 for a group that took no part. */
export type Match = readonly number[];

/** An expression ready to be looked for. */
export interface Matcher {
  /** The names of its groups in order, `undefined` for groups without one. */
  readonly groupNames: readonly (string | undefined)[];
  /** The first match that begins at `from` or later. */
  find(characters: readonly number[], from: number): Match | undefined;
}

/** Prepares an expression in the syntax of RE2; throws `RegexError` for what is none. */
export function compileMatcher(source: string): Matcher {
  const regex = parseRegex(source);
  const program = compileRegex(regex);
  return { groupNames: regex.groupNames, find: (characters, from) => new Search(program, characters).run(from) };
}

/** One of the ways that are followed at the same time: a step, and what was saved on the way to it. */
interface Way {
  readonly at: number;
  readonly saved: Match;
}

/** One search through a text, which follows all ways through the program at once. */
class Search {
  readonly #program: Program;
  readonly #characters: readonly number[];
  /** By step: the round in which it was come to last. */
  readonly #seen: Uint32Array;
  #round = 0;

  constructor(program: Program, characters: readonly number[]) {
    this.#program = program;
    this.#characters = characters;
    this.#seen = new Uint32Array(program.length);
  }

  /** The first match from a position on; of several that begin there, the one that the expression prefers. */
  run(from: number): Match | undefined {
    const characters = this.#characters;
    let ways: Way[] = [];
    let found: Match | undefined;
    for (let position = from; position <= characters.length; position++) {
      this.#round++;
      const here: Way[] = [];
      for (const way of ways) {
        this.#follow(way, position, here);
      }
      // A match that begins earlier wins, so that no new one is begun once there is one.
      if (found === undefined) {
        this.#follow({ at: 0, saved: [] }, position, here);
      } else if (here.length === 0) {
        return found;
      }
      ways = [];
      for (const { at, saved } of here) {
        const step = this.#program[at];
        if (step?.does === "match") {
          found = saved;
          break;
        }
        const point = characters[position];
        if (step?.does === "character" && point !== undefined && step.test(point)) {
          ways.push({ at: at + 1, saved });
        }
      }
      if (found !== undefined && ways.length === 0) {
        return found;
      }
    }
    return found;
  }

  /** Goes on from a way until each of its branches needs a character or is a match. */
  #follow(start: Way, position: number, here: Way[]): void {
    const waiting = [start];
    for (let way = waiting.pop(); way !== undefined; way = waiting.pop()) {
      const { at, saved } = way;
      // A step that a preferred way has come to in this round needs no second visit.
      if (this.#seen[at] === this.#round) {
        continue;
      }
      this.#seen[at] = this.#round;
      const step: Step | undefined = this.#program[at];
      if (step === undefined) {
        continue;
      }
      switch (step.does) {
        case "jump":
          waiting.push({ at: step.to, saved });
          break;
        case "split":
          waiting.push({ at: step.second, saved }, { at: step.first, saved });
          break;
        case "save": {
          const copy = [...saved];
          while (copy.length <= step.slot) {
            copy.push(-1);
          }
          copy[step.slot] = position;
          waiting.push({ at: at + 1, saved: copy });
          break;
        }
        case "place":
          if (holds(step.place, this.#characters, position)) {
            waiting.push({ at: at + 1, saved });
          }
          break;
        default:
          here.push(way);
      }
    }
  }
}

function holds(place: Place, characters: readonly number[], position: number): boolean {
  switch (place) {
    case "text-start":
      return position === 0;
    case "text-end":
      return position === characters.length;
    case "line-start":
      return position === 0 || characters[position - 1] === 10;
    case "line-end":
      return position === characters.length || characters[position] === 10;
    default:
      return (isWord(characters[position - 1]) !== isWord(characters[position])) === (place === "word-boundary");
  }
}

function isWord(point: number | undefined): boolean {
  if (point === undefined) {
    return false;
  }
  return (point >= 48 && point <= 57) || (point >= 65 && point <= 90) || point === 95 || (point >= 97 && point <= 122);
}
