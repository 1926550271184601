// File name patterns as Go's filepath.Glob reads them: `*`, `?`, `[a-z]`, `\` and nothing else.
import { lstat, readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  anyMany,
  anyOne,
  joinWildcards,
  literally,
  matchAny,
  type WildcardPart,
  type Wildcards,
} from "../../diagnostic/wildcards.ts";

/** Paths that fit a pattern, sorted folder by folder; none when nothing fits. Throws `SyntaxError` for a broken pattern. */
export async function glob(pattern: string, cwd: string): Promise<readonly string[]> {
  checkPattern(pattern);
  return expand(pattern, cwd);
}

/** Throws `SyntaxError` that says what is wrong with a pattern. */
export function checkPattern(pattern: string): void {
  for (const part of pattern.split("/")) {
    compilePattern(part);
  }
}

async function expand(pattern: string, cwd: string): Promise<readonly string[]> {
  if (!hasMeta(pattern)) {
    return (await exists(resolve(cwd, pattern))) ? [pattern] : [];
  }
  const parent = dirname(pattern);
  const folders = hasMeta(parent) ? await expand(parent, cwd) : [parent];
  const fits = compilePattern(basename(pattern));
  const found: string[] = [];
  for (const folder of folders) {
    const names = await readdir(resolve(cwd, folder)).catch(() => []);
    const byBytes = names
      .filter((name) => fits.test(name))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    found.push(...byBytes.map((name) => join(folder, name)));
  }
  return found;
}

/** Whether a pattern has a part that may stand for several names. */
export function hasMeta(pattern: string): boolean {
  return /[*?[\\]/.test(pattern);
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** One path element of a pattern. */
function compilePattern(pattern: string): Wildcards {
  const parts: WildcardPart[] = [];
  let at = 0;
  const characters = [...pattern];
  while (at < characters.length) {
    const character = characters[at++] ?? "";
    if (character === "*") {
      parts.push(anyMany);
    } else if (character === "?") {
      parts.push(anyOne);
    } else if (character === "[") {
      const end = readClass(characters, at);
      parts.push(end.part);
      at = end.at;
    } else if (character === "\\") {
      const escaped = characters[at++];
      if (escaped === undefined) {
        throw new SyntaxError(`"${pattern}" ends with a backslash that escapes nothing`);
      }
      parts.push(...literally(escaped));
    } else {
      parts.push(...literally(character));
    }
  }
  return joinWildcards(parts);
}

/** `[` has been read. Ranges follow until `]`; `^` in front turns the class round. */
function readClass(characters: readonly string[], start: number): { part: WildcardPart; at: number } {
  const pattern = characters.join("");
  let at = start;
  const negated = characters[at] === "^";
  if (negated) {
    at++;
  }
  const one = (): string => {
    let character = characters[at++];
    if (character === "-" || character === "]") {
      throw new SyntaxError(`"${pattern}" has an unexpected "${character}" in [ ]`);
    }
    if (character === "\\") {
      character = characters[at++];
    }
    if (character === undefined) {
      throw new SyntaxError(`"${pattern}" has a [ without its ]`);
    }
    return character;
  };
  let ranges = "";
  do {
    const low = one();
    let high = low;
    if (characters[at] === "-") {
      at++;
      high = one();
    }
    // Go takes a range that runs backwards for an empty one.
    if (low <= high) {
      ranges += `${readLiteral(low)}-${readLiteral(high)}`;
    }
  } while (characters[at] !== "]");
  return { part: matchAny(`${negated ? "^" : ""}${ranges}`), at: at + 1 };
}

function readLiteral(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
