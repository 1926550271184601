// Whether a change of files is a change of a template: of its text, its variables, or what goes into its builds.
import { basename, dirname, relative, resolve, sep } from "node:path";
import type { Component } from "../../sdk/component.ts";
import type { LoadedTemplate } from "../../template/loading.ts";
import type { PlannedBuild } from "../../template/plan.ts";
import type { ChangedFiles } from "./changed-files.ts";

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
export async function findTouched({ paths }: ChangedFiles, source: TemplateSource): Promise<string | undefined> {
  const { path, loaded, builds, varFiles, cwd } = source;
  const own = new Set([path, ...loaded.files.keys(), ...varFiles].map((file) => resolve(cwd, file)));
  const folder = loaded.files.size > 0 && !loaded.files.has(path) ? resolve(cwd, path) : undefined;
  const beside = folder ?? dirname(resolve(cwd, path));
  const roots = await readBy(builds, cwd);
  const texts = [...loaded.files.values()].map(({ text }) => text);
  return paths.find((changed) => {
    if (own.has(changed)) {
      return true;
    }
    // A file that is gone is in no list any more.
    if (dirname(changed) === folder && OF_FOLDER.test(changed)) {
      return true;
    }
    if (loaded.language === "hcl2" && dirname(changed) === beside && FOUND_BY_NAME.test(changed)) {
      return true;
    }
    return roots.some((root) => isRead(changed, root)) || texts.some((text) => mentions(text, basename(changed)));
  });
}

/** A file or folder that goes into a build. */
interface Root {
  readonly path: string;
  readonly leavesOut: ((path: string) => boolean) | undefined;
}

/** What the parts of builds read. */
async function readBy(builds: readonly PlannedBuild[], cwd: string): Promise<readonly Root[]> {
  const roots: Root[] = [];
  for (const { builder, provisioners, errorCleanupProvisioner, postProcessors } of builds) {
    const cleanup = errorCleanupProvisioner === undefined ? [] : [errorCleanupProvisioner];
    for (const part of [builder, ...provisioners, ...cleanup, ...postProcessors.flat()]) {
      const component: Component = part.component;
      if (component.reads === undefined) {
        continue;
      }
      const { config } = await part.prepare();
      const leavesOut = component.leavesOut?.(config, cwd);
      // A build with mistakes may lack what it is to read.
      for (const path of component.reads(config) as readonly (string | undefined)[]) {
        if (path !== undefined && path !== "") {
          roots.push({ path: resolve(cwd, path), leavesOut });
        }
      }
    }
  }
  return roots;
}

function isRead(changed: string, { path, leavesOut }: Root): boolean {
  const inside = relative(path, changed);
  const isWithin = inside === "" || (inside !== ".." && !inside.startsWith(`..${sep}`));
  return isWithin && leavesOut?.(changed) !== true;
}

/** Functions such as `file("motd.txt")` and commands read what nobody lists; a name that stands in the template counts. */
function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const [before = "", after = ""] = [text[at - 1], text[at + name.length]];
    if (!/[\w.-]/.test(before) && !/[\w-]/.test(after)) {
      return true;
    }
  }
  return false;
}
