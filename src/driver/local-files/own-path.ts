// Whether a path may be replaced or removed for a build, whatever stands there: never what others need.
import { lstatSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";

export type Surroundings = Pick<Host, "platform" | "cwd" | "env" | "homeDir" | "tempDir" | "cacheDir">;

/** Where the template is from; nothing when it came from standard input. */
export interface TemplatePlace {
  readonly templateDir?: string | undefined;
  readonly templateFiles?: readonly string[] | undefined;
}

/** Why a path is not a build's own, as the end of a sentence that begins with the path; `undefined` when it may go. */
export function explainSparing(path: string, host: Surroundings, template: TemplatePlace): string | undefined {
  const target = resolve(host.cwd, path);
  const real = findRealPath(target);
  if (dirname(target) === target || dirname(real) === real) {
    return "is the root of a file system";
  }
  const found = readStats(target);
  for (const [what, place] of listPlacesToSpare(host, template)) {
    const [text, there] = [resolve(host.cwd, place), findRealPath(resolve(host.cwd, place))];
    const isSame = there === real || text === target || isSameFile(found, readStats(there));
    if (isSame) {
      return `is ${what}`;
    }
    if (holds(target, text) || holds(real, there) || (found?.isDirectory() && isAncestor(found, there))) {
      return `holds ${what}`;
    }
  }
  return mountReason(target, real, host.platform);
}

/** Throws when the path is not the build's to replace. `what` it is to be begins the sentence: `The output directory`. */
export function refuseIfSpared(what: string, path: string, host: Surroundings, template: TemplatePlace): void {
  const reason = explainSparing(path, host, template);
  if (reason === undefined) {
    return;
  }
  throw failure("template", "output/not-ours", `${what} "${path}" ${reason}`, { hint: OWN_PATH_HINT });
}

export const OWN_PATH_HINT =
  "A build replaces and removes only what is its own: name a folder or file that nothing else needs.";

function listPlacesToSpare(
  { cwd, env, homeDir, tempDir, cacheDir }: Surroundings,
  template: TemplatePlace,
): [string, string][] {
  const { templateDir, templateFiles = [] } = template;
  const places: [string, string | undefined][] = [
    ...templateFiles.map((file): [string, string] => ["the template", file]),
    ["the current folder", cwd],
    ["the folder of the template", templateDir],
    ["the home folder", homeDir],
    ...[
      "HOME",
      "USERPROFILE",
      "TMPDIR",
      "TEMP",
      "PACKER_TMP_DIR",
      "RUNNER_TEMP",
      "GITHUB_WORKSPACE",
      "RUNNER_TOOL_CACHE",
    ].map((name): [string, string | undefined] => [`the folder of ${name}`, env[name]]),
    ["the folder for temporary files", tempDir],
    ["the folder for downloads", cacheDir],
  ];
  return places.flatMap(([what, place]) => (place ? [[what, place] as [string, string]] : []));
}

/** The path without links. What is not there yet keeps its name below what is. */
export function findRealPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return dirname(path) === path ? path : join(findRealPath(dirname(path)), basename(path));
  }
}

/** Whether `inner` lies in `outer`. */
export function holds(outer: string, inner: string): boolean {
  return inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`);
}

/** Names do not tell everything: upper case and lower case may be the same, and a folder may be mounted twice. */
function isAncestor(folder: Stats, path: string): boolean {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    if (isSameFile(folder, readStats(parent))) {
      return true;
    }
    if (dirname(parent) === parent) {
      return false;
    }
  }
}

function isSameFile(one: Stats | undefined, other: Stats | undefined): boolean {
  return one !== undefined && other !== undefined && one.ino !== 0 && one.ino === other.ino && one.dev === other.dev;
}

function mountReason(target: string, real: string, platform: NodeJS.Platform): string | undefined {
  const mounted = mountPoints(platform);
  if (mounted.includes(real)) {
    return "is the root of a file system";
  }
  if (mounted.some((point) => holds(real, point))) {
    return "holds the root of a file system";
  }
  const [own, above] = [readStats(target, lstatSync), readStats(dirname(target))];
  if (platform === "win32" || !own?.isDirectory() || above === undefined) {
    return undefined;
  }
  return own.dev === above.dev ? undefined : "is the root of a file system";
}

function mountPoints(platform: NodeJS.Platform): readonly string[] {
  if (platform !== "linux") {
    return [];
  }
  try {
    const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    return lines.flatMap((line) => line.split(" ")[4] ?? []).map(decodeEscapes);
  } catch {
    return [];
  }
}

/** The system writes a blank as `\040`. */
function decodeEscapes(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function readStats(path: string, look: typeof statSync = statSync): Stats | undefined {
  try {
    return look(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
