// What builders may use to look at the world before anything is built.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LookRun } from "../../sdk/builder.ts";
import { silent } from "../../template/silent.ts";
import type { CommandContext } from "../command.ts";

/** Milliseconds that a look may take: it is to be cheap. */
const LIMIT = 60_000;

/** Says nothing, creates nothing that stays, and has a limit until it is disposed of: `using look = openLook(context)`. */
export function openLook(context: Pick<CommandContext, "host" | "secrets" | "signal">): LookRun & Disposable {
  const { host, secrets, signal } = context;
  const over = new AbortController();
  const limit = host.clock.later(LIMIT, () => over.abort(new Error("The look took too long")));
  return {
    [Symbol.dispose]: () => limit[Symbol.dispose](),
    host,
    signal: AbortSignal.any([signal, over.signal]),
    ui: silent,
    hide: (secret) => secrets.register(secret, { isGuess: true }),
    temporaryFolder: async (prefix) => {
      const folder = await mkdtemp(join(host.tempDir, `${prefix}-`));
      await chmod(folder, 0o700);
      return folder;
    },
    remove: async (folder) => rm(String(folder), { recursive: true, force: true }),
  };
}
