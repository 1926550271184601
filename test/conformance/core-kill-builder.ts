// The builder of the builds that get killed.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineResource } from "../../src/sdk/resource.ts";
import { defineProgram } from "../../src/step/program.ts";
import { aBuilder } from "../fakes/plan.ts";

const thing = defineResource({
  kind: "thing",
  title: "thing",
  async create({ name }: { readonly name: string }) {
    await writeFile(name, "x");
    return { made: null, handle: name };
  },
  remove: ({ wanted: { name } }) => rm(name, { force: true }),
});

const program = defineProgram("program", "program");

/** Makes things without end in `root`: each round a folder with a file, a program, and a thing that only it can remove. */
export function killableBuilder(root: string) {
  return aBuilder(
    async (run) => {
      run.ui.say("ready");
      for (let round = 0; ; round++) {
        run.signal.throwIfAborted();
        const folder = await run.temporaryFolder("killed");
        await writeFile(join(folder, "file"), "x");
        await run.acquire(thing, { name: join(root, "things", run.host.random.uuid()) });
        const mark = join(root, "things", run.host.random.uuid());
        const started = await run.acquire(program, { mark }, (host) =>
          host.processes.start(["tail", "-F", mark], { stdin: "ignore" }),
        );
        await run.remove(started);
        if (round % 2 === 0) {
          await run.remove(folder);
        }
      }
    },
    { resources: [thing, program] },
  );
}
