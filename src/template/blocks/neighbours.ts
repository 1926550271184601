// The other files of a folder, when one of its files was given alone: what is missing may stand in one of them.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { LoadRequest } from "../loading.ts";

/** What a file may hold that another one needs. */
export interface Wanted {
  readonly declares: "variable" | "local" | "source" | "build";
  /** `TYPE.NAME` of a source; of no use for a build. */
  readonly name?: string | undefined;
}

/** More is not looked through for a hint. */
const MAX_FILES = 200;
const MAX_BYTES = 1024 * 1024;

/** Names the file and what to give instead of it; `undefined` when there is none, or a folder was given already. */
export function neighbourThat({ path, host }: Pick<LoadRequest, "path" | "host">, wanted: Wanted): string | undefined {
  if (path === "-" || !/\.pkr\.(hcl|json)$/.test(path)) {
    return undefined;
  }
  const own = resolve(host.cwd, path);
  if (!statSync(own, { throwIfNoEntry: false })?.isFile()) {
    return undefined;
  }
  const folder = dirname(own);
  for (const name of listConfigs(folder)) {
    const file = join(folder, name);
    if (name !== basename(own) && host.files.namedRefusal(file) === undefined && holds(file, wanted)) {
      return `${name} in the same folder ${verbs[wanted.declares]}. Files of one folder belong together: give the folder, ${dirname(path)}, instead of one file.`;
    }
  }
  return undefined;
}

const verbs = { variable: "declares it", local: "defines it", source: "has it", build: "has one" } as const;

function listConfigs(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).sort();
    return names.filter((name) => /\.pkr\.(hcl|json)$/.test(name)).slice(0, MAX_FILES);
  } catch {
    return [];
  }
}

function holds(file: string, { declares, name = "" }: Wanted): boolean {
  let text: string;
  try {
    text = (statSync(file).size > MAX_BYTES ? "" : readFileSync(file, "utf8")).replaceAll(/^\s*(#|\/\/).*$/gm, "");
  } catch {
    return false;
  }
  const word = (part: string): string => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const [type = "", label = ""] = name.split(".");
  const isJson = file.endsWith(".json");
  switch (declares) {
    case "variable":
      return new RegExp(
        isJson ? `"variable"[\\s\\S]*"${word(name)}"\\s*:` : `\\bvariable\\s+"?${word(name)}"?\\s*\\{`,
      ).test(text);
    case "local":
      return new RegExp(
        isJson
          ? `"locals"[\\s\\S]*"${word(name)}"\\s*:`
          : `\\blocal\\s+"${word(name)}"|\\blocals\\b[\\s\\S]*\\b${word(name)}\\s*=`,
      ).test(text);
    case "source":
      return new RegExp(
        isJson
          ? `"source"[\\s\\S]*"${word(type)}"[\\s\\S]*"${word(label)}"`
          : `\\bsource\\s+"${word(type)}"\\s+"${word(label)}"`,
      ).test(text);
    case "build":
      return isJson ? /"build"\s*:/.test(text) : /^\s*build\s*\{/m.test(text);
  }
}
