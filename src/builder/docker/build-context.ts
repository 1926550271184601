// Which files of a build context do not go into the image of its Dockerfile.
import { readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import {
  anyMany,
  joinWildcards,
  literally,
  matchAny,
  type WildcardPart,
  type Wildcards,
} from "../../diagnostic/wildcards.ts";

/** Bytes of a file with rules; more would take for ever. */
const LARGEST_RULES = 1024 * 1024;

interface Rule {
  readonly fits: Wildcards;
  /** `!` at its beginning takes back in what an earlier rule left out. */
  readonly isException: boolean;
}

/** Tells which files of the build context `.dockerignore` keeps from the engine. */
export function readIgnoredFiles(
  { build_dir, path: dockerfile }: { readonly build_dir: string; readonly path: string },
  cwd: string,
): (path: string) => boolean {
  const folder = resolve(cwd, build_dir);
  const file = resolve(cwd, dockerfile);
  // As BuildKit: a file of the Dockerfile's own wins over that of the folder.
  const rules = parseRules(readIfThere(`${file}.dockerignore`) ?? readIfThere(join(folder, ".dockerignore")) ?? "");
  return (path) => {
    const inside = relative(folder, path).replaceAll(sep, "/");
    // The Dockerfile is read in any case.
    return path !== file && !inside.startsWith("..") && isLeftOut(inside, rules);
  };
}

function isLeftOut(path: string, rules: readonly Rule[]): boolean {
  return rules.findLast(({ fits }) => fits.test(path))?.isException === false;
}

function parseRules(text: string): readonly Rule[] {
  return text.split(/\r?\n/).flatMap((line): Rule[] => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) {
      return [];
    }
    const isException = trimmed.startsWith("!");
    const pattern = trimmed
      .slice(isException ? 1 : 0)
      .replace(/^\.?\/+|\/+$/g, "")
      .replace(/^\.$/, "**");
    return pattern === "" ? [] : [{ fits: compilePattern(pattern), isException }];
  });
}

/** `*` and `?` stay within a name, `**` goes through folders, and what fits a folder fits everything in it. */
function compilePattern(pattern: string): Wildcards {
  const below: WildcardPart = { choice: [[], [...literally("/"), anyMany]] };
  try {
    const parts = pattern.match(/\*\*\/?|\*|\?|\[[^\]]*\]|\\.|[^*?[\\]+|./gs) ?? [];
    return joinWildcards([...parts.flatMap(readPart), below]);
  } catch {
    return joinWildcards([...literally(pattern), below]);
  }
}

function readPart(part: string): readonly WildcardPart[] {
  const wildcard = wildcards[part];
  if (wildcard !== undefined) {
    return [wildcard];
  }
  if (part.startsWith("[") && part.length > 1) {
    return [matchAny(part.slice(1, -1))];
  }
  return literally(part.startsWith("\\") && part.length > 1 ? part.slice(1) : part);
}

const withinName = (character: string): boolean => character !== "/";
const wildcards: Readonly<Record<string, WildcardPart>> = {
  "**/": { choice: [[], [anyMany, ...literally("/")]] },
  "**": anyMany,
  "*": { many: withinName },
  "?": { one: withinName },
};

function readIfThere(path: string): string | undefined {
  try {
    const facts = statSync(path);
    return facts.isFile() && facts.size <= LARGEST_RULES ? readFileSync(path, "utf8") : undefined;
  } catch {
    return undefined;
  }
}
