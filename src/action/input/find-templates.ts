// From paths and patterns to the templates that are there.
import { type Dirent, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "../../command/command.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { didYouMean } from "../../diagnostic/did-you-mean.ts";

/** Folders that patterns do not look into. */
const SKIPPED = new Set([".git", "node_modules"]);

interface Found {
  readonly templates: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
  /** Folders that patterns could not look into. */
  readonly unreadable: readonly string[];
}

/** The templates in the order of the patterns, each once; those of one pattern sorted. */
export function findTemplates(patterns: readonly string[], cwd: string): Found {
  const found = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  const unreadable: string[] = [];
  const wanted = patterns.length === 0 ? ["."] : patterns;
  const everything = walkLazily(() => [...walk(cwd, "", unreadable)].sort());
  for (const pattern of wanted) {
    if (pattern.startsWith("!")) {
      const matches = makeMatcher(pattern.slice(1));
      for (const path of found) {
        if (matches(path)) {
          found.delete(path);
        }
      }
      continue;
    }
    const named = exists(cwd, pattern) ? [pattern] : [];
    const paths = named.length === 0 && isPattern(pattern) ? everything().filter(matcherFor(pattern, cwd)) : named;
    if (paths.length === 0) {
      diagnostics.push(reportNothing(pattern, everything()));
    }
    for (const path of paths) {
      found.add(path);
    }
  }
  if (found.size === 0 && diagnostics.length === 0) {
    diagnostics.push(reportNothingLeft(wanted));
  }
  return { templates: [...found], diagnostics, unreadable };
}

/** The files that a pattern fits, sorted; `undefined` for a path, whether it is there or not. */
export function listMatching(pattern: string, cwd: string): readonly string[] | undefined {
  if (exists(cwd, pattern) || !isPattern(pattern)) {
    return undefined;
  }
  const matches = makeMatcher(pattern);
  return [...walk(cwd, "", [])].filter((path) => matches(path) && statSync(resolve(cwd, path)).isFile()).sort();
}

/** A pattern that ends with a slash is one for folders. */
function matcherFor(pattern: string, cwd: string): (path: string) => boolean {
  const matches = makeMatcher(pattern.replace(/\/+$/, ""));
  const isFolder = (path: string): boolean =>
    statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isDirectory() === true;
  return pattern.endsWith("/") ? (path) => matches(path) && isFolder(path) : matches;
}

function reportNothingLeft(patterns: readonly string[]): Diagnostic {
  const isOnlyAway = patterns.every((pattern) => pattern.startsWith("!"));
  return {
    code: "action/no-template",
    severity: "error",
    summary: "The input template leaves no template",
    hint: isOnlyAway
      ? "A line with ! takes away from what the lines before it find; name templates before it."
      : "Its lines with ! take away everything that the others find.",
  };
}

function reportNothing(pattern: string, all: readonly string[]): Diagnostic {
  const files = all.filter((path) => /\.(pkr\.hcl|pkr\.json|json|ya?ml)$/.test(path));
  const meant = isPattern(pattern) ? undefined : didYouMean(pattern, files);
  return {
    code: "action/no-template",
    severity: "error",
    summary: isPattern(pattern) ? `No file matches "${pattern}"` : `There is no template "${pattern}"`,
    hint: meant === undefined ? describeFiles(files) : `did you mean "${meant}"?`,
  };
}

function describeFiles(files: readonly string[]): string {
  if (files.length === 0) {
    return "Is the repository checked out? Paths are relative to the input working-directory.";
  }
  const list = `${files.slice(0, 5).join(", ")}${files.length > 5 ? " …" : ""}`;
  return `Paths are relative to the input working-directory, which holds ${list}.`;
}

function exists(cwd: string, path: string): boolean {
  return statSync(resolve(cwd, path), { throwIfNoEntry: false }) !== undefined;
}

function isPattern(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

function* walk(folder: string, prefix: string, unreadable: string[]): Generator<string> {
  for (const entry of readFolder(folder, prefix, unreadable)) {
    if (SKIPPED.has(entry.name)) {
      continue;
    }
    const path = prefix + entry.name;
    yield path;
    if (entry.isDirectory()) {
      yield* walk(join(folder, entry.name), `${path}/`, unreadable);
    }
  }
}

/** Folders that containers leave behind belong to others; what patterns look for is not in them. */
function readFolder(folder: string, prefix: string, unreadable: string[]): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    unreadable.push(prefix.replace(/\/$/, "") || ".");
    return [];
  }
}

/** `*` and `?` within a name, `**` across folders, `[abc]`, `{a,b}`. */
function makeMatcher(pattern: string): (path: string) => boolean {
  const expressions = expandBraces(pattern.replace(/^\.\//, "")).map(compilePattern);
  return (path) => expressions.some((expression) => expression.test(path));
}

function compilePattern(pattern: string): RegExp {
  const tokens = pattern.match(/\*\*\/|\*\*|\*|\?|\[[!^]?[^\]]+\]|[\s\S]/g) ?? [];
  const parts = tokens.map((token) => {
    if (token === "**/") {
      return "(?:[^/]+/)*";
    }
    if (token === "**") {
      return ".*";
    }
    if (token === "*") {
      return "[^/]*";
    }
    if (token === "?") {
      return "[^/]";
    }
    if (token.length > 1) {
      return token.replace(/^\[[!^]/, "[^").replaceAll("\\", "\\\\");
    }
    return token.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
  });
  try {
    return new RegExp(`^${parts.join("")}$`, "u");
  } catch {
    // Such as `[z-a]`: a name like any other.
    return new RegExp(`^${pattern.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}$`, "u");
  }
}

/** Every way to choose among `{a,b}`. */
function expandBraces(pattern: string): string[] {
  const found = /\{([^{}]*)\}/.exec(pattern);
  if (found === null) {
    return [pattern];
  }
  const [whole, choices = ""] = found;
  return choices
    .split(",")
    .flatMap((choice) =>
      expandBraces(pattern.slice(0, found.index) + choice + pattern.slice(found.index + whole.length)),
    );
}

function walkLazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Of what was found, what a command takes; what was named without a pattern is kept for the command to judge. */
export function isTakenBy(
  { takesFiles }: Pick<Command, "takesFiles">,
  found: readonly string[],
  given: readonly string[],
): readonly string[] {
  return found.filter(
    (path) => takesFiles === undefined || given.length === 0 || given.includes(path) || takesFiles.test(path),
  );
}
