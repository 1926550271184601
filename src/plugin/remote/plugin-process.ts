// The process of a plugin's builder as something that must not be left behind: while it lives, its machine may.
import { failure } from "../../diagnostic/build-error.ts";
import { defineResource } from "../../sdk/resource.ts";
import type { RemovalRun, ResourceRecord } from "../../sdk/run.ts";
import { startPlugin } from "../process.ts";
import type { RemotePart } from "./remote-part.ts";

/** Milliseconds that a plugin gets to remove its machine once nobody is connected to it any more. */
const PATIENCE = 10 * 60_000;
const LOOK_AGAIN = 200;

interface Made {
  readonly pid: number;
  readonly identity: string | null;
  readonly space: string;
  readonly [key: string]: string | number | null;
}

interface Wanted {
  readonly plugin: string;
  readonly component: string;
  readonly [key: string]: string;
}

/** Its handle is the running plugin; closing that is what ends it. */
export function pluginProcess(part: RemotePart) {
  return defineResource({
    kind: "plugin",
    title: "plugin process",
    async create(_wanted: Wanted, run) {
      const plugin = await startPlugin(part, { ...part.world, signal: run.signal });
      const { processTable } = run.host;
      const identity = (await processTable.identity(plugin.pid)) ?? null;
      const made: Made = { pid: plugin.pid, identity, space: await processTable.space() };
      return { made, handle: plugin };
    },
    remove: waitForEnd,
    describe: ({ wanted: { plugin, component }, made }: ResourceRecord<Wanted, Made>) =>
      `the plugin ${plugin} for "${component}"${made === undefined ? "" : ` (process ${made.pid})`}`,
  });
}

/** Killing it would leave its machine: it removes that by itself when it sees that its host is gone. */
async function waitForEnd({ wanted, made }: ResourceRecord<Wanted, Made>, run: RemovalRun): Promise<void> {
  const { host } = run;
  const until = host.clock.elapsed() + PATIENCE;
  while (made !== undefined && host.clock.elapsed() < until) {
    const { pid, identity, space } = made;
    if ((await host.processTable.fate({ pid, identity: identity ?? undefined, space })) !== "lives") {
      return;
    }
    await host.clock.sleep(LOOK_AGAIN, run.signal);
  }
  if (made !== undefined) {
    throw failure("timeout", "plugin/crashed", `The plugin ${wanted.plugin} is still running as process ${made.pid}`, {
      detail: "It was told to remove what it made, and has not ended in ten minutes.",
      hint: `Look what it is doing, then end it with: kill ${made.pid}`,
    });
  }
}
