// What is put into the machine's drives.
import type { BuildRun } from "../../sdk/builder.ts";
import { makeCd } from "../../step/cd.ts";
import { makeFloppy } from "../../step/floppy.ts";
import type { QemuConfig } from "./facts.ts";

/** Images for the drives; `undefined` for a drive that stays empty. */
export interface Media {
  readonly floppy: string | undefined;
  readonly cd: string | undefined;
}

/** Makes a floppy disk and a CD where the template has files for them. */
export async function makeMedia(config: QemuConfig, run: BuildRun): Promise<Media> {
  const floppy = await makeFloppy(config, run);
  return { floppy, cd: await makeCd(config, run) };
}
