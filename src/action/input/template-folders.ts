// What patterns found, as templates: HCL2 files that belong together become their folder, and what is no template is left out.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix, resolve } from "node:path";

/** What a pattern may find of a template. */
const CONFIG = /\.pkr\.(hcl|json)$/;
const OTHER = /\.(json|ya?ml)$/i;
const VARIABLES = /\.pkrvars(\.|$)/;
/** A larger file is taken for what its name says. */
const MAX_BYTES = 1024 * 1024;

export interface Templates {
  readonly templates: readonly string[];
  /** What patterns found, and is none. */
  readonly leftOut: readonly string[];
}

/**
 * As Packer, the files of one folder are one configuration. Only where each of them has a build of its own they are
 * templates side by side. What was named without a pattern is taken as it is.
 */
export function joinFolders(found: readonly string[], patterns: readonly string[], cwd: string): Templates {
  const named = new Set(patterns.filter((pattern) => !pattern.startsWith("!")));
  const templates = new Set<string>();
  const leftOut: string[] = [];
  const isTaken = (path: string): boolean => found.includes(path);
  for (const path of found) {
    const template = named.has(path) || path === "." ? path : templateFor(path, cwd, isTaken);
    if (template === undefined) {
      leftOut.push(path);
    } else {
      templates.add(template);
    }
  }
  const isInside = (path: string): boolean =>
    CONFIG.test(path) && !named.has(path) && templates.has(posix.dirname(path));
  return { templates: [...templates].filter((path) => !isInside(path)), leftOut };
}

function templateFor(path: string, cwd: string, isTaken: (path: string) => boolean): string | undefined {
  const full = resolve(cwd, path);
  if (statSync(full, { throwIfNoEntry: false })?.isDirectory() === true) {
    return isOneConfig(path, cwd) ? path : undefined;
  }
  if (VARIABLES.test(path)) {
    return undefined;
  }
  if (CONFIG.test(path)) {
    const folder = posix.dirname(path);
    // Whoever takes a file of the folder away with a pattern wants the others one by one.
    const isWhole = listConfigs(folder, cwd).every((name) => isTaken(posix.join(folder, name)));
    return isWhole && isOneConfig(folder, cwd) ? folder : path;
  }
  return OTHER.test(path) && mayBeTemplate(full) ? path : undefined;
}

/** Several files, of which one alone builds nothing. */
function isOneConfig(folder: string, cwd: string): boolean {
  const names = listConfigs(folder, cwd);
  return names.length > 1 && names.some((name) => !hasBuild(readShort(resolve(cwd, folder, name))));
}

function listConfigs(folder: string, cwd: string): readonly string[] {
  try {
    return readdirSync(join(cwd, folder)).filter((name) => CONFIG.test(name));
  } catch {
    return [];
  }
}

function hasBuild(text: string | undefined): boolean {
  return text === undefined || /^\s*build\s*\{/m.test(text) || /"build"\s*:/.test(text);
}

/** What can be read and has none of a template's keys is the file of another tool, such as package.json. */
function mayBeTemplate(path: string): boolean {
  const text = readShort(path);
  return (
    text === undefined || /["']?(builders|provisioners|post-processors)["']?\s*:/.test(text) || isBroken(path, text)
  );
}

function isBroken(path: string, text: string): boolean {
  if (!path.toLowerCase().endsWith(".json")) {
    return false;
  }
  try {
    JSON.parse(text);
    return false;
  } catch {
    return true;
  }
}

function readShort(path: string): string | undefined {
  try {
    return statSync(path).size > MAX_BYTES ? undefined : readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
