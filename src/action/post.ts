// The post step: removes what main made and could not remove, because it was killed.
import { leftovers } from "../core/journal-file.ts";
import type { Clearance } from "../core/leftovers.ts";
import { nodeHost } from "../host/node.ts";
import { logWriter } from "./log-writer.ts";
import { readMainState } from "./main-state.ts";
import { text } from "./markdown.ts";
import { harmlessText, oneLine, runnerCommand } from "./runner-command.ts";
import { environmentForTemplates, runnerFiles } from "./runner-files.ts";

process.exitCode = await main();

async function main(): Promise<number> {
  const { env, stdout } = process;
  const host = nodeHost(environmentForTemplates(env));
  const files = runnerFiles(env, host.random);
  const state = readMainState(files);
  if (state === undefined) return 0;
  const left = (await leftovers(host, state.journalDir)).filter(({ journal }) => journal.pid === state.pid);
  if (left.every(({ resources }) => resources.length === 0)) return 0;
  const { createCatalog } = await import("../catalog.ts");
  const { removeLeftovers } = await import("../core/leftovers.ts");
  const catalog = createCatalog();
  const writer = logWriter(stdout);
  const say = (line: string): void => writer.write(`${harmlessText(line)}\n`);
  const ui = { say, message: say, error: say, machine: () => {}, ask: async () => undefined, progress: () => ({ advance() {}, end() {} }) };
  say("The main step was interrupted before it could remove everything it had made:");
  const cleared: Clearance[] = [];
  for (const { journal } of left) cleared.push(await removeLeftovers(journal.file, catalog, { host, ui, removalLimit: 60_000 }));
  for (const { removed, failed } of cleared) {
    for (const { build, resource } of removed) say(`Removed the ${resource.title} of build '${build}'`);
    for (const { leftover, error } of failed) {
      const message = `Could not remove the ${leftover.resource.title} of build '${leftover.build}': ${error}`;
      writer.write(`${runnerCommand("error", harmlessText(message), { title: oneLine("Left behind [action/left-behind]") })}\n`);
    }
  }
  files.addSummary(summaryOf(cleared));
  writer.flush();
  return cleared.some(({ failed }) => failed.length > 0) ? 1 : 0;
}

function summaryOf(cleared: readonly Clearance[]): string {
  const removed = cleared.flatMap((one) =>
    one.removed.map(({ build, resource }) => `- ✅ removed the ${text(resource.title)} of ${text(build)}`),
  );
  const failed = cleared.flatMap((one) =>
    one.failed.map(({ leftover, error }) => {
      const { title } = leftover.resource;
      return `- ❌ **still there:** the ${text(title)} of ${text(leftover.build)}: ${text(error)}`;
    }),
  );
  return `### Cleaned up after an interrupted run\n\n${[...removed, ...failed].join("\n")}\n`;
}
