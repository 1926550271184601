// Finds files by patterns such as `scripts/**/*.{sh,ps1}`.
import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import {
  anyMany,
  anyOne,
  joinWildcards,
  literally,
  matchAny,
  type WildcardPart,
  type Wildcards,
} from "../../diagnostic/wildcards.ts";
import { FunctionError } from "../../hcl/function.ts";

/** The files below a folder whose paths fit the pattern, with slashes, in no order. `check` throws for a path that may not be looked at. */
export function globFiles(folder: string, pattern: string, check: (path: string) => void): readonly string[] {
  const found = new Set<string>();
  const into = { found, check };
  for (const one of expandBraces(pattern)) {
    // Twice any depth is any depth.
    const steps = one
      .split("/")
      .filter((step) => step !== "" && step !== ".")
      .filter((step, at, all) => step !== "**" || all[at - 1] !== "**");
    if (steps.length > 0) {
      walk({ folder, prefix: "", above: [] }, steps.map(compileStep), into);
    }
  }
  return [...found];
}

interface Search {
  readonly found: Set<string>;
  check(path: string): void;
}

/** One part of a pattern between slashes. */
type Step = { readonly is: "any depth" } | { readonly is: "up" } | { readonly is: "name"; readonly fits: Wildcards };

/** Where the search has come to. */
interface Way {
  readonly folder: string;
  /** The path to it from where the search began, as it is reported. */
  readonly prefix: string;
  /** The real paths of the folders that are being walked. */
  readonly above: readonly string[];
}

function walk(way: Way, steps: readonly Step[], into: Search): void {
  const { folder, prefix, above } = way;
  const [step, ...rest] = steps;
  if (step === undefined) {
    return;
  }
  into.check(folder);
  if (step.is === "up") {
    walk({ folder: join(folder, ".."), prefix: `${prefix}../`, above }, rest, into);
    return;
  }
  if (step.is === "any depth" && rest.length > 0) {
    walk(way, rest, into);
  }
  for (const entry of listFolder(folder)) {
    const path = join(folder, entry.name);
    if (step.is === "name" && !step.fits.test(entry.name)) {
      continue;
    }
    if (entry.isSymbolicLink()) {
      into.check(path);
    }
    const facts = lookAt(path, step.is === "name");
    if (facts?.isDirectory()) {
      const below = step.is === "name" ? rest : steps;
      if (below.length > 0) {
        descend({ folder: path, prefix: `${prefix}${entry.name}/`, above }, below, into);
      }
    } else if (facts?.isFile() && rest.length === 0) {
      into.found.add(prefix + entry.name);
    }
  }
}

/** Goes into a folder, unless links have led back to one that is being walked. */
function descend(way: Way, steps: readonly Step[], into: Search): void {
  const { above } = way;
  const real = realpathSync(way.folder);
  if (steps[0]?.is === "any depth" && above.includes(real)) {
    return;
  }
  walk({ ...way, above: [...above, real] }, steps, into);
}

function listFolder(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** As Packer 1.6.6: a link without target is passed over by `**` and a mistake where its name fits. */
function lookAt(path: string, isNamed: boolean): Stats | undefined {
  const facts = tryStat(path);
  if (facts === undefined && isNamed) {
    throw new FunctionError(`${path} cannot be looked at; it may be a link to a file that is not there`, 1);
  }
  return facts;
}

/** Undefined for what is not there or may not be looked at. */
function tryStat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function compileStep(step: string): Step {
  if (step === "**") {
    return { is: "any depth" };
  }
  if (step === "..") {
    return { is: "up" };
  }
  const parts: WildcardPart[] = [];
  for (let at = 0; at < step.length; at++) {
    const character = step[at] ?? "";
    if (character === "*") {
      parts.push(anyMany);
    } else if (character === "?") {
      parts.push(anyOne);
    } else if (character === "[") {
      const { part, end } = characterClass(step, at);
      parts.push(part);
      at = end;
    } else {
      parts.push(
        ...literally(character === "\\" ? (step[++at] ?? failPattern("nothing follows the last \\")) : character),
      );
    }
  }
  return { is: "name", fits: joinWildcards(parts) };
}

function characterClass(step: string, start: number): { readonly part: WildcardPart; readonly end: number } {
  let at = start + 1;
  const isNegated = step[at] === "^" || step[at] === "!";
  if (isNegated) {
    at++;
  }
  let text = "";
  for (; step[at] !== "]"; at++) {
    const character = step[at] ?? failPattern("a [ is not closed");
    if (character === "-" && text !== "" && step[at + 1] !== "]") {
      text += "-";
    } else {
      text += escapeLiteral(character === "\\" ? (step[++at] ?? failPattern("a [ is not closed")) : character);
    }
  }
  if (text === "") {
    failPattern("there is nothing between [ and ]");
  }
  try {
    return { part: matchAny(`${isNegated ? "^" : ""}${text}`), end: at };
  } catch {
    return failPattern("a range in [ ] runs backwards");
  }
}

function escapeLiteral(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
}

/** `a{b,c}` is `ab` and `ac`. */
function expandBraces(pattern: string): readonly string[] {
  const open = findPosition(pattern, "{", 0);
  if (open < 0) {
    return [pattern];
  }
  const ends = [open];
  let depth = 0;
  let at = open;
  for (; ; at++) {
    const character = pattern[at] ?? failPattern("a { is not closed");
    if (character === "\\") {
      at++;
    } else if (character === "{") {
      depth++;
    } else if (character === "}" && --depth === 0) {
      break;
    } else if (character === "," && depth === 1) {
      ends.push(at);
    }
  }
  ends.push(at);
  const tails = expandBraces(pattern.slice(at + 1));
  const choices = ends.slice(1).flatMap((end, i) => expandBraces(pattern.slice((ends[i] ?? 0) + 1, end)));
  if (choices.length * tails.length > 10_000) {
    failPattern("its braces stand for too many patterns");
  }
  return choices.flatMap((choice) => tails.map((tail) => pattern.slice(0, open) + choice + tail));
}

/** Where a character stands that is not escaped and not inside brackets. */
function findPosition(pattern: string, wanted: string, from: number): number {
  let inClass = false;
  for (let at = from; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === "\\") {
      at++;
    } else if (character === "[") {
      inClass = true;
    } else if (character === "]") {
      inClass = false;
    } else if (character === wanted && !inClass) {
      return at;
    }
  }
  return -1;
}

function failPattern(why: string): never {
  throw new FunctionError(`the pattern cannot be read: ${why}`, 1);
}
