// The builder of the builds that get killed.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aBuilder } from "../fakes/plan.ts";

/** Makes things without end in `root`: each round a folder with a file, a program, and a thing that only it can remove. */
export function killableBuilder(root: string) {
  return aBuilder(
    async (run) => {
      run.ui.say("ready");
      for (let round = 0; ; round++) {
        run.signal.throwIfAborted();
        const folder = await run.temporaryFolder("killed");
        await writeFile(join(folder, "file"), "x");
        const name = join(root, "things", run.host.random.uuid());
        await run.acquire({ kind: "thing", title: "thing", data: { name } }, async () => {
          await writeFile(name, "x");
          return name;
        });
        const anchor = join(root, "things", run.host.random.uuid());
        const { pid } = await run.acquire({ kind: "process", title: "program", data: { mark: anchor } }, async () => {
          const started = await run.host.processes.start(["tail", "-F", anchor], { stdin: "ignore" });
          return { pid: started.pid };
        });
        await run.remove({ pid });
        if (round % 2 === 0) await run.remove(folder);
      }
    },
    { removes: { thing: async ({ data }) => rm((data as { name: string }).name, { force: true }) } },
  );
}
