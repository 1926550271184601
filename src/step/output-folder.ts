// The folder that a machine's files are made in; it is the artifact in the end.
import { lstatSync } from "node:fs";
import { mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { failure } from "../diagnostic/build-error.ts";
import { readIdentity, removeNoted } from "../driver/local-files/identity.ts";
import { findRealPath, holds, refuseIfSpared } from "../driver/local-files/own-path.ts";
import type { PrepareContext } from "../sdk/component.ts";
import { type ConfigOf, option } from "../sdk/option.ts";
import { defineResource, NothingMade } from "../sdk/resource.ts";
import type { BuildIdentity, Run } from "../sdk/run.ts";
import { checkOwnPath } from "./own-path.ts";

const options = Object.freeze({
  output_directory: option.string({
    description: "Folder for what is built; it must not exist. Unless set `output-` and the name of the build.",
  }),
});

type Config = ConfigOf<typeof options>;

/** Where the folder is to be, and that it takes nobody's place. */
export const outputFolderStep = Object.freeze({
  options,
  /** `sources` are the files of this machine that the build starts from. */
  check(config: Config, context: PrepareContext, sources: readonly string[] = []): void {
    if (context.isPending("output_directory")) {
      return;
    }
    const directory = findOutputDirectory(config, context.build);
    const path = resolve(context.host.cwd, directory);
    // Where nothing may be read it may still be written to.
    if (context.host.files.refusal(path) !== undefined || !isThere(path)) {
      return;
    }
    if (checkOwnPath("output_directory", directory, context) && !holdsSource(directory, sources, context)) {
      checkFree(directory, context);
    }
  },
});

/** The folder, as the template says it. */
export function findOutputDirectory(config: Config, build: BuildIdentity): string {
  return config.output_directory || `output-${build.name}`;
}

/** Reports one of the build's sources that would go with the folder. */
function holdsSource(directory: string, sources: readonly string[], context: PrepareContext): boolean {
  const { cwd } = context.host;
  const inside = sources.find((source) =>
    holds(findRealPath(resolve(cwd, directory)), findRealPath(resolve(cwd, source))),
  );
  if (inside === undefined) {
    return false;
  }
  context.problem(
    "output_directory",
    `Output directory '${directory}' holds '${inside}', which the machine starts from`,
    { hint: "The directory is made anew for each build: give it a name of its own." },
  );
  return true;
}

function checkFree(directory: string, context: PrepareContext): void {
  if (context.settings.force) {
    return;
  }
  context.problem("output_directory", `Output directory '${directory}' already exists. It must not exist.`, {
    hint: "Remove it, or build with -force to have it replaced.",
  });
}

type Wanted = { readonly path: string };

/** The folder until it is an artifact. Only the one that was made goes away, never what has taken its name since. */
export const outputFolder = defineResource({
  kind: "output-folder",
  title: "output directory",
  place: ({ path }: Wanted) => path,
  describe: ({ wanted: { path } }) => path,
  isThere: async ({ wanted: { path } }) => isThere(path),
  async create({ path }: Wanted, run: Run, directory: string) {
    if (isThere(path)) {
      if (!run.settings.force) {
        throw new NothingMade(reportAlreadyThere(directory));
      }
      run.ui.say("Deleting previous output directory...");
      await rm(path, { recursive: true, force: true }).catch((thrown: unknown) => {
        throw new NothingMade(thrown);
      });
    }
    try {
      await mkdir(dirname(path), { recursive: true });
      await mkdir(path);
    } catch (thrown) {
      throw new NothingMade(
        (thrown as NodeJS.ErrnoException).code === "EEXIST" ? reportAlreadyThere(directory) : thrown,
      );
    }
    return { made: (await readIdentity(path)) ?? null, handle: path };
  },
  async remove({ wanted: { path }, made }, { ui }) {
    // Nobody noted which one it is, so it may be somebody else's: it goes only when it is empty.
    if (!made) {
      return void (await rmdir(path).catch(() => {}));
    }
    ui.say("Deleting output directory...");
    const outcome = await removeNoted(path, made);
    if (outcome === "another") {
      ui.message(`${path} was made anew by somebody else in the meantime, so it stays`);
    }
  },
});

/** Makes the folder, instead of an older one when the user says so. It goes away again unless it is kept. */
export async function makeOutputFolder(directory: string, run: Run<typeof outputFolder>): Promise<string> {
  const named = resolve(run.host.cwd, directory);
  // A link is what is replaced, not what it leads to: others keep something there.
  const path = join(findRealPath(dirname(named)), basename(named));
  if (isThere(path)) {
    refuseIfSpared("The output directory", directory, run.host, run.settings);
  }
  return run.acquire(outputFolder, { path }, directory);
}

/** Also a link that leads nowhere. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function reportAlreadyThere(directory: string): Error {
  return failure("environment", "qemu/output-exists", `Output directory exists: ${directory}`, {
    hint: "Use the force flag to delete it prior to building.",
  });
}

/** The files in a folder and the folders below it, sorted; with the folder's name in front. */
export async function listFiles(directory: string, cwd: string): Promise<readonly string[]> {
  const entries = await readdir(resolve(cwd, directory), { recursive: true, withFileTypes: true });
  const from = resolve(cwd, directory).length + 1;
  return entries
    .flatMap((entry) => (entry.isFile() ? [join(directory, join(entry.parentPath, entry.name).slice(from))] : []))
    .sort();
}
