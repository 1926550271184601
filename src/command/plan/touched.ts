// Whether a change of files is a change of a template: of its text, its variables, or what goes into its builds.
import { basename, dirname, relative, resolve, sep } from "node:path";
import type { Component } from "../../sdk/component.ts";
import type { LoadedTemplate } from "../../template/loading.ts";
import type { PlannedBuild } from "../../template/plan.ts";

/** The files of a pull request or push. */
export interface ChangedFiles {
  /** Absolute paths, of files that are gone as well. */
  readonly paths: readonly string[];
}

/** A template with everything it may depend on. */
export interface TemplateSource {
  readonly path: string;
  readonly loaded: LoadedTemplate;
  readonly builds: readonly PlannedBuild[];
  readonly varFiles: readonly string[];
  readonly cwd: string;
}

/** Files that HCL2 reads from a folder without being told to. */
const FOUND_BY_NAME = /\.auto\.pkrvars\.(hcl|json)$/;
const OF_FOLDER = /\.pkr\.(hcl|json)$/;

/** The first changed file that makes the template count as changed; `undefined` when none does. In doubt it does. */
export async function touchedBy({ paths }: ChangedFiles, source: TemplateSource): Promise<string | undefined> {
  const { path, loaded, builds, varFiles, cwd } = source;
  const own = new Set([path, ...loaded.files.keys(), ...varFiles].map((file) => resolve(cwd, file)));
  const folder = loaded.files.size > 0 && !loaded.files.has(path) ? resolve(cwd, path) : undefined;
  const beside = folder ?? dirname(resolve(cwd, path));
  const roots = await readBy(builds, cwd);
  const texts = [...loaded.files.values()].map(({ text }) => text);
  return paths.find((changed) => {
    if (own.has(changed)) return true;
    // A file that is gone is in no list any more.
    if (dirname(changed) === folder && OF_FOLDER.test(changed)) return true;
    if (loaded.language === "hcl2" && dirname(changed) === beside && FOUND_BY_NAME.test(changed)) return true;
    return roots.some((root) => isWithin(changed, root)) || texts.some((text) => mentions(text, basename(changed)));
  });
}

/** Files and folders that the parts of builds read. */
async function readBy(builds: readonly PlannedBuild[], cwd: string): Promise<readonly string[]> {
  const roots = new Set<string>();
  for (const { builder, provisioners, errorCleanupProvisioner, postProcessors } of builds) {
    const cleanup = errorCleanupProvisioner === undefined ? [] : [errorCleanupProvisioner];
    for (const part of [builder, ...provisioners, ...cleanup, ...postProcessors.flat()]) {
      const component: Component = part.component;
      if (component.reads === undefined) continue;
      const { config } = await part.prepare();
      for (const path of component.reads(config)) if (path !== "") roots.add(resolve(cwd, path));
    }
  }
  return [...roots];
}

function isWithin(path: string, root: string): boolean {
  const inside = relative(root, path);
  return inside === "" || (inside !== ".." && !inside.startsWith(`..${sep}`));
}

/** Functions such as `file("motd.txt")` and commands read what nobody lists; a name that stands in the template counts. */
function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const [before = "", after = ""] = [text[at - 1], text[at + name.length]];
    if (!/[\w.-]/.test(before) && !/[\w-]/.test(after)) return true;
  }
  return false;
}
