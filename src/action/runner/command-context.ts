// What a command has to work with on a runner.
import { join } from "node:path";
import { fingerprintPlace } from "../../command/build/fingerprint-service.ts";
import { jobResults } from "../../command/collect/job-results.ts";
import type { CommandContext } from "../../command/command.ts";
import { registryToken } from "../../command/init/registry-token.ts";
import { changedFiles } from "../../command/plan/changed-files.ts";
import { Services } from "../../command/service.ts";
import { findJournalFolder } from "../../core/journal-folder.ts";
import { createLookups } from "../../lookups.ts";
import type { Catalog, RequiredPlugin } from "../../sdk/catalog.ts";
import type { ActionContext } from "../action-context.ts";
import type { ActionState } from "../action-state.ts";
import type { Inputs } from "../input/inputs.ts";
import type { Changed } from "../pull-request/touched.ts";
import { type LaterSteps, laterSteps, writeStarters } from "../setup/later-steps.ts";
import { confineFiles } from "./confined.ts";
import { findJobResults } from "./job-results.ts";
import { runLabels } from "./labels.ts";
import { MARK_VARIABLE } from "./main-state.ts";

/** The context of the command that the inputs chose, which sees no more than it may. */
export function makeCommandContext(action: ActionContext, state: ActionState, inputs: Inputs): CommandContext {
  const { env, log, secrets, signal } = action;
  const { downloads, startedAt, debug } = state;
  const watched = debug === undefined ? action.host : debug.watch(action.host);
  const host = downloads === undefined ? watched : { ...watched, fileCache: downloads };
  const context: CommandContext = {
    host,
    catalog: (required) => openCatalog(required, action, inputs, host),
    lookups: createLookups(host, signal),
    face: log,
    secrets,
    signal,
    readStdin: async () => new Uint8Array(),
    ask: async () => undefined,
    journalDir: findJournalFolder(host),
    labels: runLabels(env),
    startedAt,
    edge: "workflow",
    services: collectServices(action, inputs),
  };
  return confineFiles(context, inputs.command.templateUse, { env, allowOutside: inputs.allowFilesOutside });
}

/** This program under the given names, in a folder that lasts as long as the job. */
function openLaterSteps({ env, files, host, program }: ActionContext): LaterSteps {
  return {
    offer: async (names) => {
      const folder = join(env["RUNNER_TEMP"] || host.tempDir, `packer-ts-${host.random.uuid()}`, "bin");
      await writeStarters(folder, names, program);
      return files.addPath(folder) ? folder : undefined;
    },
  };
}

/** A plugin is a program from elsewhere: one that is not there is only fetched to build with, or because the workflow says so. */
async function openCatalog(
  required: readonly RequiredPlugin[],
  { log, signal }: ActionContext,
  { plugins, command, githubToken: token }: Inputs,
  host: CommandContext["host"],
): Promise<Catalog> {
  const { createCatalog, createWholeCatalog } = await import("../../catalog.ts");
  if (plugins === "none") {
    return createCatalog();
  }
  const use = plugins === "as-declared" || command.templateUse === "build" ? plugins : "installed";
  const tell = (text: string) => log.sink({ type: "log", text, at: host.clock.now() });
  // Without the mark: what still removes its machine is not ended by the post step.
  return createWholeCatalog(required, { host, signal, use, token, log: tell, env: { [MARK_VARIABLE]: undefined } });
}

function collectServices(action: ActionContext, { githubToken: token, resultArtifact }: Inputs): Services {
  const { host, env, log, signal } = action;
  let changed: Promise<Changed> | undefined;
  // Asked for once, however many templates want to know.
  const askOnce = (): Promise<Changed> => {
    changed ??= import("../pull-request/touched.ts").then(({ findChangedFiles: ask }) =>
      ask({ env, host, token, signal }),
    );
    return changed;
  };
  return new Services()
    .provide(registryToken, token)
    .provide(changedFiles, askOnce)
    .provide(laterSteps, openLaterSteps(action))
    .provide(jobResults, findJobResults(action, resultArtifact))
    .provide(fingerprintPlace, async (selection) =>
      (await import("../cache/fingerprint-cache.ts")).openFingerprintCache({ env, host, log, ...selection }),
    );
}
