// The files that go into the image of a Dockerfile: the build context without what `.dockerignore` leaves out.
import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

interface Rule {
  readonly fits: RegExp;
  /** `!` at its beginning takes back in what an earlier rule left out. */
  readonly isException: boolean;
}

/** What would be sent to the engine: the whole folder when there is nothing to leave out, or nothing can be read. */
export function contextFiles({ build_dir, path }: { readonly build_dir: string; readonly path: string }, cwd: string): readonly string[] {
  const folder = resolve(cwd, build_dir);
  const dockerfile = resolve(cwd, path);
  // As BuildKit: a file of the Dockerfile's own wins over that of the folder.
  const text = textOf(`${dockerfile}.dockerignore`) ?? textOf(join(folder, ".dockerignore"));
  const rules = text === undefined ? [] : rulesOf(text);
  if (rules.length === 0) return [folder];
  const hasExceptions = rules.some(({ isException }) => isException);
  const found: string[] = [];
  const visit = (below: string): void => {
    for (const entry of entriesOf(join(folder, below))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      const isOut = leftOut(path, rules);
      if (entry.isDirectory() && (!isOut || hasExceptions)) visit(path);
      else if (!entry.isDirectory() && !isOut) found.push(join(folder, path));
    }
  };
  visit("");
  return found;
}

function leftOut(path: string, rules: readonly Rule[]): boolean {
  return rules.findLast(({ fits }) => fits.test(path))?.isException === false;
}

function rulesOf(text: string): readonly Rule[] {
  return text.split(/\r?\n/).flatMap((line): Rule[] => {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) return [];
    const isException = trimmed.startsWith("!");
    const pattern = trimmed
      .slice(isException ? 1 : 0)
      .replace(/^\.?\/+|\/+$/g, "")
      .replace(/^\.$/, "**");
    return pattern === "" ? [] : [{ fits: expressionOf(pattern), isException }];
  });
}

/** `*` and `?` stay within a name, `**` goes through folders, and what fits a folder fits everything in it. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/?|\*|\?|\[[^\]]*\]|\\.|[^*?[\\]+|./g, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("[") && part.length > 1) return part;
    return part.startsWith("\\") && part.length > 1 ? escaped(part.slice(1)) : escaped(part);
  });
  try {
    return new RegExp(`^${source}(?:/.*)?$`, "s");
  } catch {
    return new RegExp(`^${escaped(pattern)}(?:/.*)?$`, "s");
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
