// Writing one file of the user's choosing, so that an interrupt or a failure leaves what was there before.
import { resolve } from "node:path";
import { refuseIfSpared } from "../driver/local-files/own-path.ts";
import {
  beginFile,
  completeFile,
  dropPartial,
  listPartialPaths,
  type PartialPaths,
} from "../driver/local-files/whole-file.ts";
import { defineResource, NothingMade } from "../sdk/resource.ts";
import type { Run } from "../sdk/run.ts";

/** The file while it is not whole. Kept, it has got its name. */
export const partialFile = defineResource({
  kind: "partial-file",
  title: "unfinished file",
  async create(wanted: PartialPaths, _run: Run, mode: number) {
    const made = await beginFile(wanted, mode).catch((thrown: unknown) => {
      throw new NothingMade(thrown);
    });
    return { made, handle: wanted };
  },
  remove: ({ wanted, made }) => dropPartial(wanted, made),
});

/** Writes the file; `path` is as the template says it. */
export async function writeWhole(
  path: string,
  content: AsyncIterable<Uint8Array>,
  run: Run<typeof partialFile>,
  mode = 0o644,
): Promise<void> {
  refuseIfSpared("The file", path, run.host, run.settings);
  const paths = await listPartialPaths(resolve(run.host.cwd, path), run.host.random.uuid());
  const begun = await run.acquire(partialFile, paths, mode);
  await completeFile(begun, content, run.signal);
  run.keep(begun);
}
