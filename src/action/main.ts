// The main step of the action: what the runner starts.
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PACKAGE_VERSION } from "../command/version/version.ts";
import { concealDiagnostic } from "../core/conceal.ts";
import { findJournalFolder } from "../core/journal-folder.ts";
import { Secrets } from "../core/secrets.ts";
import { failItsBuild } from "../core/strays.ts";
import { failure, readMessage } from "../diagnostic/build-error.ts";
import { END_SIGNALS, ignoresHangUp } from "../host/hang-up.ts";
import { leave } from "../host/leave.ts";
import { logWriter } from "../host/log-writer.ts";
import { nodeHost } from "../host/node.ts";
import { Outputs } from "../host/output.ts";
import { readText } from "./input/decode-inputs.ts";
import type { Log } from "./log/log.ts";
import { RunnerOutput } from "./log/runner-output.ts";
import { WorkflowLog } from "./log/workflow-log.ts";
import { ActionRun } from "./run-action.ts";
import { MARK_VARIABLE, saveEnd, saveMainState } from "./runner/main-state.ts";
import { type OwnEnvironment, takeEnvironment } from "./runner/own-environment.ts";
import { openRunnerFiles, readEnvironmentForTemplates } from "./runner/runner-files.ts";

/** The runner waits 7.5 seconds before it asks again, and 2.5 more before it kills. What is not removed by then is left to the post step. */
const TIME_TO_CLEAN_UP = 6500;
/** Milliseconds that connections get to close after everything is done. */
const LINGER = 2000;
/** Milliseconds of silence after which a run that something was thrown in is taken to wait for nothing. */
const STUCK_AFTER = 10_000;

const outputs = new Outputs();
const writer = logWriter(outputs.out);
const secrets = new Secrets();
const output = new RunnerOutput({ write: writer.write, hide: (text) => secrets.filter(text) });
// Until there is an outcome there is no success: a run that nothing keeps alive ends in the middle.
process.exitCode = 1;
void main().catch(withoutRunner).then(end);

/** What still holds the process after a moment is nothing that anybody waits for. */
function end(outcome: number): void {
  const code = outputs.isBroken ? 1 : outcome;
  process.exitCode = code;
  setTimeout(() => void leave(code), LINGER).unref();
}

/** The runner's own files cannot be used: there is nobody to hand anything to but the log. */
function withoutRunner(thrown: unknown): number {
  output.message("error", `The runner's files cannot be used: ${readMessage(thrown)}`);
  writer.flush();
  return 1;
}

async function main(): Promise<number> {
  const { env, problem } = takeEnvironment();
  output.text(`packer-ts ${PACKAGE_VERSION}\n`);
  if (problem !== undefined) {
    output.text(`The scripts of a build could find the runner's tokens: they cannot be hidden here (${problem}).\n`);
  }
  writer.flush();
  const workingDirectory = readText(env, "working-directory") || ".";
  try {
    process.chdir(workingDirectory);
  } catch (thrown) {
    output.message("error", `The working directory ${workingDirectory} cannot be used: ${readMessage(thrown)}`);
    return refuse(env);
  }
  const mark = randomUUID();
  const host = nodeHost({ ...readEnvironmentForTemplates(env), [MARK_VARIABLE]: mark }, secrets);
  const files = openRunnerFiles(env, host.random);
  saveMainState(files, { pid: process.pid, journalDir: findJournalFolder(host), mark });
  secrets.onStrong((form) => output.mask(form));
  const workspace = env["GITHUB_WORKSPACE"];
  const log = new WorkflowLog({
    output,
    place: { folder: env["RUNNER_TEMP"] || host.tempDir, name: () => `packer-ts-log-${host.random.uuid()}` },
    colour: !env["NO_COLOR"],
    debug: env["RUNNER_DEBUG"] === "1",
    cwd: host.cwd,
    workspace: workspace ? resolve(workspace) : undefined,
    conceal: (diagnostic) => concealDiagnostic(diagnostic, secrets),
  });
  const cancel = new AbortController();
  const script = fileURLToPath(new URL("cli.js", import.meta.url));
  const program = { node: process.execPath, script, platform: process.platform };
  const run = new ActionRun({ host, env, files, log, secrets, program, signal: cancel.signal });
  const exit = async (): Promise<void> => {
    const code = await run.finish().catch(withoutRunner);
    writer.flush();
    await leave(code);
  };
  onInterrupt(cancel, log, exit);
  outputs.whenBroken(() => {
    const broken = failure("environment", "run/output-broken", "The log cannot be written any more");
    run.broken(broken);
    cancel.abort(broken);
  });
  onStray(run, { log, signal: cancel.signal, exit });
  const code = await run.run();
  saveEnd(files);
  writer.flush();
  return code;
}

interface StrayContext {
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly exit: () => Promise<void>;
}

/** What nobody caught fails the build that it belongs to, or else the step when it ends: the other builds go on. */
function onStray(run: ActionRun, context: StrayContext): void {
  let isWatched = false;
  const act = (thrown: unknown): void => {
    // Whoever was left behind in the middle of something has nobody to tell that it failed.
    if (failItsBuild(thrown) || context.signal.aborted) {
      return;
    }
    run.broken(thrown);
    if (!isWatched) {
      exitWhenStuck(run, context);
    }
    isWatched = true;
  };
  process.on("uncaughtException", act);
  process.on("unhandledRejection", act);
}

/** What was thrown may be what the run waits for: when no build works and nothing more is said, it ends with what there is. */
function exitWhenStuck(run: ActionRun, { log, exit }: StrayContext): void {
  let before = -1;
  const timer = setInterval(() => {
    const isAlive = run.isBuilding || log.lines !== before;
    before = log.lines;
    if (isAlive) {
      return;
    }
    clearInterval(timer);
    void exit();
  }, STUCK_AFTER);
  timer.unref();
}

/** What later steps look at is set even when there is nowhere to work. */
function refuse(env: OwnEnvironment["env"]): number {
  const files = openRunnerFiles(env, nodeHost(env).random);
  files.setOutput("outcome", "invalid");
  files.setOutput("failure-class", "template");
  writer.flush();
  return 1;
}

/** The first signal cancels and cleans up; later ones only say what is known already. */
function onInterrupt(cancel: AbortController, log: Log, exit: () => Promise<void>): void {
  const stop = (signal: NodeJS.Signals): void => {
    if (cancel.signal.aborted || (signal === "SIGHUP" && ignoresHangUp(process.env))) {
      return;
    }
    log.now(`Cancelling after ${signal}: removing what was made.`);
    cancel.abort(new DOMException("The run was cancelled.", "AbortError"));
    const timer = setTimeout(() => {
      log.now("There is no more time; the post step removes the rest.");
      void exit();
    }, TIME_TO_CLEAN_UP);
    timer.unref();
  };
  for (const signal of END_SIGNALS) {
    process.on(signal, stop);
  }
}
