// The main step, as the list of what it does: inputs -> a command over every template -> outputs and the summary.
import { selectsBuilds } from "../command/template-options.ts";
import { failure, readMessage } from "../diagnostic/build-error.ts";
import type { ActionContext } from "./action-context.ts";
import { type ActionState, combineResults, startState } from "./action-state.ts";
import { offeredCommands } from "./input/action-options.ts";
import { readText } from "./input/decode-inputs.ts";
import type { Inputs } from "./input/inputs.ts";
import { takeInputs } from "./input/take-inputs.ts";
import { startHeartbeat } from "./log/heartbeat.ts";
import { openStepLog } from "./log/step-log.ts";
import { noticeWeakSecrets } from "./log/weak-secrets.ts";
import type { Published } from "./publish/publish.ts";
import { refuseUntrustedEvent } from "./pull-request/untrusted-event.ts";
import { addSummary } from "./result/add-summary.ts";
import { type ArtifactRecord, recordArtifacts, reportMissingFiles } from "./result/artifact-records.ts";
import { amendOutputs, setOutputs } from "./result/set-outputs.ts";
import { lookForTemplates, runTemplates, type TemplatesRequest } from "./run-templates.ts";
import { makeCommandContext } from "./runner/command-context.ts";

/** One run of the action; `finish` may come before `run` has ended, when there is no time left. */
export class ActionRun {
  readonly #context: ActionContext;
  readonly #state: ActionState;
  #finished: Promise<number> | undefined;

  constructor(context: ActionContext) {
    this.#context = context;
    this.#state = startState(context);
  }

  /** Does everything; gives the exit code. */
  async run(): Promise<number> {
    const { host, log } = this.#context;
    const alive = new AbortController();
    void startHeartbeat(host.clock, log, this.#state.record, alive.signal);
    try {
      await this.#work();
    } catch (thrown) {
      this.broken(thrown);
    } finally {
      alive.abort();
    }
    const code = await this.finish();
    // Nothing waits for it, and it takes its time: outputs and summary come first.
    await this.#state.downloads?.save();
    return code;
  }

  /** True while a build works. */
  get isBuilding(): boolean {
    return this.#state.record.builds.some(({ startedAt, outcome }) => startedAt !== undefined && outcome === undefined);
  }

  /** Tells of something that should not have happened, once. The run goes on, and fails when it ends. */
  broken(thrown: unknown): void {
    this.#state.verdict.broken(thrown);
  }

  /** Writes outputs and summary of what has come about so far, once; gives the exit code. */
  finish(): Promise<number> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #work(): Promise<void> {
    const [action, state] = [this.#context, this.#state];
    const inputs = await takeInputs(action, offeredCommands);
    if (inputs === undefined) {
      state.verdict.invalidate();
      return;
    }
    state.inputs = inputs;
    state.debug = openStepLog(action, {
      isKept: inputs.uploadLog !== "off",
      lost: (what, error) => this.#lost(what, error),
    });
    await this.#keepDownloads(inputs);
    if (this.#refusesEvent(inputs) || !(await lookForTemplates(action, state, inputs))) {
      return;
    }
    const request = { inputs, context: makeCommandContext(action, state, inputs) };
    if (!(await runTemplates(action, state, request))) {
      return;
    }
    state.verdict.refuses(combineResults(state).diagnostics ?? []);
    await this.#planPullRequest(request);
  }

  async #finish(): Promise<number> {
    const [action, state] = [this.#context, this.#state];
    const { verdict } = state;
    await this.#endLog();
    const artifacts = state.recorded?.artifacts ?? (await verdict.attempt(() => this.#measure(), []));
    const published = await verdict.attempt(() => this.#publish(artifacts), { outputs: {}, failed: true });
    const isFailing = published.failed || !verdict.isWell(verdict.outcome);
    Object.assign(published.outputs, await verdict.attempt(() => this.#keepLog(isFailing), {}));
    const { outcome } = verdict;
    let lacksResult = true;
    try {
      lacksResult = await setOutputs(action, state, { outcome, artifacts, published });
    } finally {
      const fails = isFailing || lacksResult || !verdict.isWell(outcome);
      await addSummary(action, state, { outcome, artifacts, isFailing: fails, uploaded: published.outputs });
      await verdict.attempt(() => this.#tellWeak(), undefined);
      await this.#writeSarif();
    }
    amendOutputs(action, state, outcome);
    this.#tellUnannotated();
    return verdict.isWell(outcome) && !published.failed && !lacksResult ? 0 : 1;
  }

  /** What was asked for cannot be written any more. */
  #lost(what: string, error: Error): void {
    this.broken(failure("environment", "run/output-broken", `${what} cannot be written any more`, { cause: error }));
  }

  /** Ends the debug log; gives where it is. */
  async #keepLog(isFailing: boolean): Promise<Published["outputs"]> {
    const { debug, inputs } = this.#state;
    await debug?.close();
    if (debug?.path === undefined) {
      return {};
    }
    const { uploadLog: when = "off" } = inputs ?? {};
    if (when === "off" || (when === "failure" && !isFailing) || this.#context.signal.aborted) {
      return { "log-path": debug.path };
    }
    const { uploadLog } = await import("./publish/upload-log.ts");
    return { "log-path": debug.path, "log-url": (await uploadLog(debug.path, this.#context)) ?? "" };
  }

  async #keepDownloads({ cacheDownloads }: Inputs): Promise<void> {
    const { env, host, log, signal } = this.#context;
    if (cacheDownloads) {
      this.#state.downloads = (await import("./cache/download-cache.ts")).downloadCache({ env, host, log, signal });
    }
  }

  /** A stranger's template is not worked out with the rights of the repository. */
  #refusesEvent({ command, allowUntrustedEvents }: Inputs): boolean {
    const worksOut = command.templateUse === "build" || command.templateUse === "evaluate";
    const refusal = worksOut && !allowUntrustedEvents ? refuseUntrustedEvent(this.#context.env) : undefined;
    return refusal !== undefined && this.#state.verdict.refuses([refusal]);
  }

  async #planPullRequest({ inputs, context }: TemplatesRequest): Promise<void> {
    const { githubToken: token, templates, config, pullRequestPlan, allowFilesOutside } = inputs;
    if (pullRequestPlan === "off" || !selectsBuilds(config)) {
      return;
    }
    const comments = pullRequestPlan === "comment";
    const { pullRequestPlan: show } = await import("./pull-request/image-plan.ts");
    const request = { action: this.#context, context, token, templates, allowFilesOutside, comments };
    this.#state.findings.push(await show({ ...request, config }));
  }

  async #endLog(): Promise<void> {
    const { secrets, log } = this.#context;
    const { verdict } = this.#state;
    await verdict.attempt(() => secrets.announce(), undefined);
    await verdict.attempt(() => log.end(), undefined);
    await verdict.attempt(() => log.annotations.release(), undefined);
  }

  /** What the builds made; files that are not there are told of, and fail the step. */
  async #measure(): Promise<readonly ArtifactRecord[]> {
    const { host, log, signal } = this.#context;
    const { record, verdict, inputs } = this.#state;
    const isElsewhere = inputs?.config["stored_elsewhere"] === true;
    // A cancelled step has no time for checksums of large files.
    const artifacts = await recordArtifacts(record, host.cwd, { checksums: !signal.aborted, isElsewhere });
    const missing = reportMissingFiles(artifacts);
    if (missing.length > 0) {
      verdict.incomplete();
      await verdict.attempt(() => log.diagnostics(missing, new Map()), undefined);
    }
    return artifacts;
  }

  async #publish(artifacts: readonly ArtifactRecord[]): Promise<Published> {
    const { inputs, recorded } = this.#state;
    const isAsked = inputs !== undefined && (inputs.uploads !== undefined || inputs.attest);
    if (!isAsked || artifacts.length === 0 || recorded !== undefined) {
      return { outputs: {}, failed: false };
    }
    return (await import("./publish/publish.ts")).publish(inputs, artifacts, this.#context);
  }

  /** Says once which values cannot be hidden, never what they are. */
  #tellWeak(): void {
    const { secrets, log } = this.#context;
    const notice = noticeWeakSecrets(secrets.weak);
    if (notice !== undefined) {
      log.notice("Weak secrets", notice);
    }
  }

  async #writeSarif(): Promise<void> {
    const { host, env, log, secrets } = this.#context;
    const { verdict } = this.#state;
    // Also where the inputs cannot be used.
    const path = readText(env, "sarif");
    if (path === "") {
      return;
    }
    const { renderSarif, writeSarif } = await import("./log/sarif.ts");
    const workspace = env["GITHUB_WORKSPACE"] || host.cwd;
    const hide = (value: string): string => secrets.filter(value);
    const places = { cwd: host.cwd, workspace, workflow: workflowPath(env), hide };
    const text = await verdict.attempt(() => renderSarif(log.annotations.found, places), undefined);
    if (text === undefined) {
      return;
    }
    try {
      await writeSarif(path, text, host.cwd);
    } catch (thrown) {
      verdict.incomplete();
      log.now(`The SARIF file could not be written: ${readMessage(thrown)}`);
    }
  }

  #tellUnannotated(): void {
    const { log } = this.#context;
    const hidden = log.annotations.unannotated;
    if (hidden > 0) {
      log.now(
        `${hidden} more messages are in this log but not among the annotations: the runner takes ten of each kind.`,
      );
    }
  }
}

/** Where the workflow stands in its repository: `owner/name/.github/workflows/x.yml@refs/…`. */
function workflowPath(env: ActionContext["env"]): string {
  const [, path] = /^[^/]+\/[^/]+\/([^@]+)@/.exec(env["GITHUB_WORKFLOW_REF"] ?? "") ?? [];
  return path ?? ".github/workflows";
}
