// The kind of thing that every component may make without listing it: an empty folder for a while.
import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { defineResource } from "../sdk/resource.ts";
import type { AnyResource } from "../sdk/run.ts";

type Wanted = { readonly path: string };

/** Its path is one that nobody else uses, so that removing it can never hurt somebody else. */
export const temporaryFolder = defineResource({
  kind: "temporary-folder",
  title: "temporary folder",
  async create({ path }: Wanted) {
    await mkdir(path, { mode: 0o700 });
    return { made: path, handle: path };
  },
  describe: ({ wanted: { path } }) => path,
  isThere: async ({ wanted: { path } }) => existsSync(path),
  async remove({ wanted: { path } }) {
    // A record that was tampered with must not lead anywhere else.
    if (typeof path !== "string" || !isAbsolute(path) || resolve(path) !== path || dirname(path) === path) {
      throw new Error(`The record of a temporary folder names no path: ${JSON.stringify(path)}`);
    }
    await rm(path, { recursive: true, force: true, maxRetries: 3 });
  },
});

/** How a component removes a kind of resource; core's own kinds need no word from it. */
export function findKind(resources: readonly AnyResource[] | undefined, kind: string): AnyResource | undefined {
  return [temporaryFolder as AnyResource, ...(resources ?? [])].find((each) => each.kind === kind);
}
