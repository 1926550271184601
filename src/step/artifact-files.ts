// The files of an artifact, for the day on which nobody wants them any more.
import { resolve } from "node:path";
import { readIdentity, removeNoted } from "../driver/local-files/identity.ts";
import { refuseIfSpared } from "../driver/local-files/own-path.ts";
import type { Artifact } from "../sdk/artifact.ts";
import type { Run } from "../sdk/run.ts";

/**
 * Notes which files and folders these are now, and gives what removes them. Whatever takes their names later stays, and so does
 * what others need.
 */
export async function noteFiles(
  files: readonly string[],
  { host, settings, ui }: Pick<Run, "host" | "settings" | "ui">,
): Promise<Artifact["destroy"]> {
  const noted = await Promise.all(
    files.map(async (file) => ({ file, identity: await readIdentity(resolve(host.cwd, file)) })),
  );
  return async () => {
    for (const { file, identity } of noted) {
      if (identity === undefined) {
        continue;
      }
      refuseIfSpared("The artifact's file", file, host, settings);
      const outcome = await removeNoted(resolve(host.cwd, file), identity);
      if (outcome === "another") {
        ui.message(`${file} was made anew in the meantime, so it stays`);
      }
    }
  };
}
