// The post step: removes what main made and could not remove, because it was killed.
import { findLeftovers } from "../core/journal-file.ts";
import type { Clearance } from "../core/leftovers.ts";
import { readMessage } from "../diagnostic/build-error.ts";
import { END_SIGNALS } from "../host/hang-up.ts";
import { leave } from "../host/leave.ts";
import { logWriter } from "../host/log-writer.ts";
import { nodeHost } from "../host/node.ts";
import { Outputs } from "../host/output.ts";
import { RunnerOutput } from "./log/runner-output.ts";
import { escapeText } from "./result/markdown.ts";
import { hasEnded, readMainState } from "./runner/main-state.ts";
import { endOrphans } from "./runner/orphans.ts";
import { takeEnvironment } from "./runner/own-environment.ts";
import { openRunnerFiles, readEnvironmentForTemplates } from "./runner/runner-files.ts";

/** Milliseconds that one removal may take: the runner gives the whole job five minutes after a cancel. */
const REMOVAL_LIMIT = 60_000;

// Until there is an outcome there is no success: a run that nothing keeps alive ends in the middle.
process.exitCode = 1;
const outputs = new Outputs();
const writer = logWriter(outputs.out);
// What main knew to be secret is not known any more, and none of it was recorded.
const output = new RunnerOutput({ write: writer.write, hide: (text) => text });
// There is nothing to undo here, only something to bring to its end: whoever cannot wait for it kills.
for (const signal of END_SIGNALS) {
  process.on(signal, () => {});
}
for (const name of ["uncaughtException", "unhandledRejection"]) {
  process.on(name, (thrown) => void leave(describeBreak(thrown)));
}
void main()
  .catch(describeBreak)
  .then((code) => leave(outputs.isBroken ? 1 : code));

/** Tells of something that should not have happened. */
function describeBreak(thrown: unknown): number {
  output.message("error", `Cleaning up failed: ${readMessage(thrown)}`);
  writer.flush();
  return 1;
}

async function main(): Promise<number> {
  const { env } = takeEnvironment();
  const host = nodeHost(readEnvironmentForTemplates(env));
  const files = openRunnerFiles(env, host.random);
  const state = readMainState(files);
  if (state === undefined) {
    return 0;
  }
  const ended = hasEnded(files) ? 0 : await endOrphans(host, state.mark);
  const left = (await findLeftovers(host, state.journalDir)).ended.filter(({ journal }) => journal.pid === state.pid);
  const isClean = left.every(({ resources }) => resources.length === 0);
  if (ended === 0 && isClean) {
    return 0;
  }
  const say = (line: string): void => output.text(`${line}\n`);
  say("The main step was ended before it could remove everything it had made.");
  if (ended > 0) {
    say(`Ended ${ended} of its programs`);
  }
  const cleared: Clearance[] = [];
  if (!isClean) {
    const { createWholeCatalog } = await import("../catalog.ts");
    const { removeLeftovers } = await import("../core/leftovers.ts");
    const ui = {
      say,
      message: say,
      error: say,
      machine() {},
      ask: async () => undefined,
      progress: () => ({ advance() {}, end() {} }),
    };
    const { signal } = new AbortController();
    const catalog = createWholeCatalog([], { host, signal, use: "installed", log: say });
    for (const { journal } of left) {
      cleared.push(await removeLeftovers(journal.file, catalog, { host, ui, removalLimit: REMOVAL_LIMIT }));
    }
  }
  tell(cleared, output);
  try {
    files.addSummary(writeSummary(cleared, ended));
  } catch (thrown) {
    output.message("warning", `The summary could not be written: ${readMessage(thrown)}`, {
      title: "The summary is lost [action/summary-lost]",
    });
  }
  writer.flush();
  return cleared.some(({ failed }) => failed.length > 0) ? 1 : 0;
}

function tell(cleared: readonly Clearance[], output: RunnerOutput): void {
  for (const { removed, failed } of cleared) {
    for (const { build, resource } of removed) {
      output.text(`Removed the ${resource.title} of build '${build}'\n`);
    }
    for (const { leftover, error } of failed) {
      const message = `Could not remove the ${leftover.resource.title} of build '${leftover.build}': ${error}`;
      output.message("error", message, { title: "Left behind [action/left-behind]" });
    }
  }
}

function writeSummary(cleared: readonly Clearance[], ended: number): string {
  const programs = ended === 0 ? [] : [`- ✅ ended ${ended} program${ended === 1 ? "" : "s"}`];
  const removed = cleared.flatMap((one) =>
    one.removed.map(({ build, resource }) => `- ✅ removed the ${escapeText(resource.title)} of ${escapeText(build)}`),
  );
  const failed = cleared.flatMap((one) =>
    one.failed.map(({ leftover, error }) => {
      const { title } = leftover.resource;
      return `- ❌ **still there:** the ${escapeText(title)} of ${escapeText(leftover.build)}: ${escapeText(error)}`;
    }),
  );
  return `### Cleaned up after an interrupted run\n\n${[...programs, ...removed, ...failed].join("\n")}\n`;
}
