// The files of an HCL2 configuration: one file, or all of a folder in Packer's order.
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { TextFile } from "../../diagnostic/text-file.ts";
import type { Body } from "../../hcl/body.ts";
import { parseJsonConfig } from "../../hcl/json.ts";
import { parseConfig } from "../../hcl/parser.ts";
import { isDiagnostic, type LoadRequest, readTextFile } from "../loading.ts";
import { explainWritten } from "../written-language.ts";

export interface ConfigFile {
  readonly path: string;
  readonly text: TextFile;
  readonly body: Body;
}

export interface ConfigFiles {
  readonly configs: readonly ConfigFile[];
  /** `*.auto.pkrvars.*` of the folder, in the order in which they win. */
  readonly autoVars: readonly ConfigFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and parses everything that belongs to a path. */
export async function readConfigFiles(request: LoadRequest): Promise<ConfigFiles> {
  const listed = await listFiles(request);
  if ("severity" in listed) {
    return { configs: [], autoVars: [], diagnostics: [listed] };
  }
  const diagnostics: Diagnostic[] = [];
  const read = async (paths: readonly string[]): Promise<ConfigFile[]> => {
    const files: ConfigFile[] = [];
    for (const path of paths) {
      const { config, diagnostics: found } = await readConfigFile(path, request);
      const foreign = config && explainForeign(config, hasErrors(found));
      diagnostics.push(...(foreign === undefined ? found : [foreign]));
      if (config !== undefined) {
        files.push(config);
      }
    }
    return files;
  };
  return { configs: await read(listed.configs), autoVars: await read(listed.autoVars), diagnostics };
}

/** Reads one file in native or JSON syntax, by its name. */
export async function readConfigFile(
  path: string,
  request: Pick<LoadRequest, "readStdin" | "host">,
): Promise<{ config?: ConfigFile | undefined; diagnostics: readonly Diagnostic[] }> {
  const text = await readTextFile(path, request);
  if (isDiagnostic(text)) {
    return { diagnostics: [text] };
  }
  const { body, diagnostics } = path.endsWith(".json")
    ? parseJsonConfig(text.text, text.filename)
    : parseConfig(text.text, text.filename);
  return { config: { path, text, body }, diagnostics };
}

/** A template of the other language, or of the other syntax, under a name of this one. */
function explainForeign({ path, text }: ConfigFile, isBroken: boolean): Diagnostic | undefined {
  const isJson = path.endsWith(".json");
  // JSON of the older format can be read: its keys tell what it is.
  if (/pkrvars/.test(path) || !(isBroken || isJson)) {
    return undefined;
  }
  return explainWritten(text, isJson ? "an HCL2 template in JSON syntax" : "an HCL2 template");
}

async function listFiles({ path, host }: LoadRequest): Promise<{ configs: string[]; autoVars: string[] } | Diagnostic> {
  if (path === "-") {
    return { configs: ["-"], autoVars: [] };
  }
  let names: string[];
  try {
    if (!(await stat(resolve(host.cwd, path))).isDirectory()) {
      return { configs: [path], autoVars: [] };
    }
    names = (await readdir(resolve(host.cwd, path))).sort();
  } catch {
    return {
      code: "template/unreadable",
      severity: "error",
      summary: `stat ${path}: no such file or directory`,
      hint: "Check the path; it is relative to the current folder.",
    };
  }
  const ending = (suffix: string): string[] =>
    names.filter((name) => name.endsWith(suffix)).map((name) => join(path, name));
  const configs = [...ending(".pkr.hcl"), ...ending(".pkr.json")];
  if (configs.length > 0) {
    return { configs, autoVars: [...ending(".auto.pkrvars.hcl"), ...ending(".auto.pkrvars.json")] };
  }
  const summary = `Could not find any config file in ${path}`;
  return {
    code: "template/no-config",
    severity: "error",
    summary,
    detail: "A config file must be suffixed with `.pkr.hcl` or `.pkr.json`. A folder can be referenced.",
  };
}
