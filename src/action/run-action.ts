// The work of the main step: inputs -> a command over every template -> outputs and the summary.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Collected } from "../command/collect/collect.ts";
import type { Command, CommandContext, FormattedFile } from "../command/command.ts";
import { type MatrixEntry, matrixEntries } from "../command/plan/matrix.ts";
import * as registry from "../command/registry.ts";
import type { Secrets } from "../core/secrets.ts";
import { BuildError, messageOf } from "../diagnostic/build-error.ts";
import { type Diagnostic, hasErrors } from "../diagnostic/diagnostic.ts";
import type { Host } from "../host/host.ts";
import { createLookups } from "../lookups.ts";
import { OFFERED, type OutputName } from "./action-options.ts";
import { type ArtifactRecord, artifactRecords } from "./artifact-records.ts";
import type { DownloadCache } from "./download-cache.ts";
import { findTemplates } from "./find-templates.ts";
import { heartbeat } from "./heartbeat.ts";
import { type Inputs, readInputs } from "./inputs.ts";
import { runLabels } from "./labels.ts";
import { journalDir } from "./main-state.ts";
import { matrixOutputs, matrixTable, tooMany } from "./matrix.ts";
import { type Ending, outcomeOf, outputsOf, writeManifest } from "./outputs.ts";
import type { Published } from "./publish.ts";
import { pullRequestOf } from "./pull-request.ts";
import { leaveResult } from "./result-file.ts";
import { newRecord, recordInto } from "./run-record.ts";
import type { RunnerFiles } from "./runner-files.ts";
import { selectAmong } from "./selection.ts";
import { stepSummary } from "./step-summary.ts";
import type { Changed } from "./touched.ts";
import { changesSection } from "./unchanged.ts";
import type { WorkflowLog } from "./workflow-log.ts";

export interface ActionContext {
  /** Knows the environment that templates may see. */
  readonly host: Host;
  /** All of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: RunnerFiles;
  readonly log: WorkflowLog;
  readonly secrets: Secrets;
  readonly signal: AbortSignal;
}

/** One run of the action; `finish` may come before `run` has ended, when there is no time left. */
export class ActionRun {
  readonly #context: ActionContext;
  readonly #record = newRecord();
  readonly #startedAt: number;
  #inputs: Inputs | undefined;
  #templates: readonly string[] = [];
  readonly #findings: string[] = [];
  readonly #planned: MatrixEntry[] = [];
  #collected: Collected | undefined;
  #changed: Promise<Changed> | undefined;
  #downloads: DownloadCache | undefined;
  #invalid = false;
  #failed = false;
  #refused = false;
  /** Something that others are to read could not be written. */
  #isIncomplete = false;
  /** What ends it before its time is a fault, not somebody's wish. */
  #isBroken = false;
  #finished: Promise<number> | undefined;

  constructor(context: ActionContext) {
    this.#context = context;
    this.#startedAt = context.host.clock.now();
  }

  /** Does everything; gives the exit code. */
  async run(): Promise<number> {
    const { host, log } = this.#context;
    const alive = new AbortController();
    void heartbeat(host.clock, log, this.#record, alive.signal);
    try {
      await this.#work();
    } catch (thrown) {
      this.broken(thrown);
    } finally {
      alive.abort();
    }
    const code = await this.finish();
    // Nothing waits for it, and it takes its time: outputs and summary come first.
    await this.#downloads?.save();
    return code;
  }

  /** Writes outputs and summary of what has come about so far, once; gives the exit code. */
  finish(): Promise<number> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #work(): Promise<void> {
    const { host, env, log, secrets, signal } = this.#context;
    const commands = (Object.values(registry) as readonly Command[]).filter(({ name }) => (OFFERED as readonly string[]).includes(name));
    const { inputs, diagnostics } = await readInputs(env, commands);
    log.diagnostics(diagnostics, new Map());
    if (inputs === undefined) {
      this.#invalid = true;
      return;
    }
    this.#inputs = inputs;
    if (inputs.timestamps) log.showTimes();
    if (inputs.cacheDownloads) this.#downloads = (await import("./download-cache.ts")).downloadCache({ env, host, log, signal });
    for (const secret of [inputs.githubToken, ...inputs.secretValues]) secrets.register(secret);
    this.#preferChanged(inputs.githubToken);
    if (inputs.command.argument !== "TEMPLATE") {
      const config = inputs.command.name === "collect" ? await this.#collectConfig(inputs) : inputs.config;
      await this.#runOne(inputs.command, "", config, this.#commandContext());
      return;
    }
    const found = findTemplates(inputs.templates, host.cwd);
    this.#templates = found.templates;
    if (this.#refuses(found.diagnostics)) return;
    const context = this.#commandContext();
    if (inputs.command.name === "fmt") {
      const { formattable } = await import("./fmt-result.ts");
      const [first, ...moreArguments] = formattable(found.templates, inputs.templates);
      if (first !== undefined) await this.#runOne(inputs.command, first, inputs.config, { ...context, moreArguments });
      return;
    }
    const { runs, diagnostics: unmatched } = await selectAmong(found.templates, inputs.config, context);
    if (this.#refuses(unmatched)) return;
    for (const { template, config } of runs) {
      if (signal.aborted) return;
      if (runs.length > 1) log.now(`${inputs.command.name} ${template}`);
      await this.#runOne(inputs.command, template, config, context);
    }
    this.#refuses(tooMany(this.#planned));
    if (inputs.command.name === "plan" && inputs.pullRequestPlan !== "off") await this.#planPullRequest(inputs, context);
  }

  async #planPullRequest({ githubToken: token, templates, config, pullRequestPlan }: Inputs, context: CommandContext): Promise<void> {
    const { pullRequestPlan: show } = await import("./image-plan.ts");
    const comments = pullRequestPlan === "comment";
    this.#findings.push(await show({ action: this.#context, context, token, templates, config: config as never, comments }));
  }

  async #collectConfig({ config, resultArtifact: name }: Inputs): Promise<Record<string, unknown>> {
    const { host, env, log } = this.#context;
    const { collectConfig } = await import("./collect.ts");
    const place = { cwd: host.cwd, temp: env["RUNNER_TEMP"], uuid: host.random.uuid() };
    const download = async (): Promise<string> =>
      (await import("./result-file-transfer.ts")).downloadResults(name ?? "", place.temp || host.tempDir, place.uuid, { env, log });
    return collectConfig(config, { ...place, download: name === undefined ? undefined : download });
  }

  /** In a run for a pull request, messages about the lines it changes are annotations before all others. */
  #preferChanged(token: string): void {
    const { env, log } = this.#context;
    const pull = pullRequestOf(env);
    if (pull === undefined || token === "") return;
    log.annotations.prefer(async () => (await import("./changed-lines.ts")).changesFor(this.#context, pull, token));
  }

  async #runOne(command: Command, template: string, config: Readonly<Record<string, unknown>>, context: CommandContext): Promise<void> {
    const { log, secrets } = this.#context;
    const record = recordInto(this.#record, secrets.filter(template));
    const sink: typeof log.sink = (event) => {
      record(event);
      log.sink(event);
    };
    const face = {
      sink,
      say: (text: string) => log.say(text),
      error: (text: string) => log.error(text),
      machine: () => {},
      diagnostics: log.diagnostics.bind(log),
    };
    try {
      const result = await command.run(config as never, template, { ...context, face });
      if (result.refused === true) this.#refused = true;
      else if (hasErrors(result.diagnostics)) this.#invalid = true;
      else if (result.exitCode !== 0 && result.run === undefined) this.#failed = true;
      if (result.plan !== undefined) this.#planned.push(...matrixEntries(result.plan, template, (config["except"] ?? []) as string[]));
      if (result.collected !== undefined) await this.#takeCollected(result.collected);
      if (result.formatted !== undefined) await this.#takeFormatted(result.formatted, config["write"] === true);
    } catch (thrown) {
      this.broken(thrown);
    }
  }

  async #takeCollected(collected: Collected): Promise<void> {
    this.#collected = collected;
    this.#templates = (await import("./collect.ts")).takeCollected(this.#record, collected);
  }

  async #takeFormatted(files: readonly FormattedFile[], isWritten: boolean): Promise<void> {
    const { formatMistakes, formatSection } = await import("./fmt-result.ts");
    const filter = (text: string): string => this.#context.secrets.filter(text);
    const safe = files.map(({ path, diff, line }) => ({ path: filter(path), diff: filter(diff), line }));
    this.#findings.push(formatSection(safe, isWritten));
    if (!isWritten) this.#refuses(formatMistakes(files));
  }

  #commandContext(): CommandContext {
    const { env, log, secrets, signal } = this.#context;
    const host = this.#downloads === undefined ? this.#context.host : { ...this.#context.host, fileCache: this.#downloads };
    return {
      host,
      catalog: async () => (await import("../catalog.ts")).createCatalog(),
      lookups: createLookups(host, signal),
      face: log,
      secrets,
      signal,
      readStdin: async () => new Uint8Array(),
      ask: async () => undefined,
      journalDir: journalDir(host),
      changedFiles: () => this.#changedFiles(),
      labels: runLabels(env),
      fingerprints: async (selection) => (await import("./fingerprint-cache.ts")).fingerprintCache({ env, host, log, ...selection }),
      startedAt: this.#startedAt,
    };
  }

  /** Asked for once, however many templates want to know. */
  #changedFiles(): Promise<Changed> {
    const { host, env, signal } = this.#context;
    const token = this.#inputs?.githubToken ?? "";
    this.#changed ??= import("./touched.ts").then(({ changedFiles }) => changedFiles({ env, host, token, signal }));
    return this.#changed;
  }

  #refuses(diagnostics: readonly Diagnostic[]): boolean {
    this.#context.log.diagnostics(diagnostics, new Map());
    const refuses = hasErrors(diagnostics);
    if (refuses) this.#invalid = true;
    return refuses;
  }

  /** Tells of something that should not have happened. */
  broken(thrown: unknown): void {
    const { log, signal } = this.#context;
    if (signal.aborted) return;
    this.#failed = true;
    this.#isBroken = true;
    if (thrown instanceof BuildError) {
      log.diagnostics(thrown.diagnostics, new Map());
      return;
    }
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    const summary = `This is a fault of the action, not of the template: ${messageOf(thrown)}`;
    const hint = "Report it together with this message.";
    log.diagnostics([{ code: "run/bug", severity: "error", summary, hint, ...(stack === undefined ? {} : { detail: stack }) }], new Map());
  }

  async #finish(): Promise<number> {
    const { log, signal } = this.#context;
    log.end();
    await log.annotations.release();
    const command = this.#inputs?.command.name ?? "build";
    const ending: Ending = {
      command,
      interrupted: signal.aborted && !this.#isBroken,
      invalid: this.#invalid,
      failed: this.#failed,
      refused: this.#refused,
    };
    const outcome = outcomeOf(this.#record, ending);
    // A cancelled step has no time for checksums of large files.
    const artifacts =
      this.#collected?.artifacts ?? (await artifactRecords(this.#record, this.#context.host.cwd, { checksums: !signal.aborted }));
    const published = await this.#publish(artifacts);
    const resultFailed = await this.#setOutputs(outcome, artifacts, published);
    this.#addSummary(outcome, artifacts);
    await this.#writeSarif();
    const hidden = log.annotations.unannotated;
    if (hidden > 0) log.now(`${hidden} more messages are in this log but not among the annotations: the runner takes ten of each kind.`);
    const isWell = ["built", "valid", "done", "unchanged"].includes(outcome) && !this.#refused && !this.#isIncomplete;
    return isWell && !published.failed && !resultFailed ? 0 : 1;
  }

  async #publish(artifacts: readonly ArtifactRecord[]): Promise<Published> {
    const asked = this.#inputs;
    const isAsked = asked !== undefined && (asked.uploads !== undefined || asked.attest);
    if (!isAsked || artifacts.length === 0 || this.#collected !== undefined) return { outputs: {}, failed: false };
    return (await import("./publish.ts")).publish(asked, artifacts, this.#context);
  }

  async #setOutputs(outcome: ReturnType<typeof outcomeOf>, artifacts: readonly ArtifactRecord[], published: Published): Promise<boolean> {
    const { host, env, files, log, secrets } = this.#context;
    const outputs = { ...outputsOf(this.#record, outcome, artifacts), ...published.outputs };
    if (published.failed) outputs["failure-class"] ||= "environment";
    const folder = env["RUNNER_TEMP"];
    if (this.#collected !== undefined) {
      outputs["manifest-path"] = this.#collected.manifestPath;
      outputs["uploaded-artifacts"] = JSON.stringify(this.#collected.uploaded);
      outputs["failure-class"] = (await import("./collect.ts")).collectedFailure(this.#record, outputs["failure-class"]);
    } else if (this.#record.builds.length > 0 && folder !== undefined && folder !== "") {
      try {
        outputs["manifest-path"] = await writeManifest(folder, this.#record, artifacts, host.clock.now());
      } catch (thrown) {
        this.#isIncomplete = true;
        log.now(`The manifest could not be written: ${secrets.filter(messageOf(thrown))}`);
      }
    }
    if (this.#inputs?.command.name === "plan") Object.assign(outputs, matrixOutputs(this.#planned));
    const result = await this.#leaveResult(outputs, artifacts);
    outputs["result-path"] = result.path;
    for (const [name, value] of Object.entries(outputs)) files.setOutput(name, value);
    return result.failed;
  }

  async #leaveResult(outputs: Readonly<Record<OutputName, string>>, artifacts: readonly ArtifactRecord[]): ReturnType<typeof leaveResult> {
    const { host, env, log, secrets, signal } = this.#context;
    const inputs = this.#inputs;
    if (inputs?.command.name !== "build") return { path: "", failed: false };
    const facts = {
      record: this.#record,
      outcome: outputs.outcome,
      failureClass: outputs["failure-class"],
      templates: this.#templates,
      only: (inputs.config["only"] ?? []) as readonly string[],
      artifacts,
      uploaded: outputs["uploaded-artifacts"],
      diagnostics: log.annotations.all,
      endedAt: host.clock.now(),
    };
    const place = { cwd: host.cwd, temp: env["RUNNER_TEMP"], uuid: host.random.uuid(), isCancelled: signal.aborted };
    const filter = (text: string): string => secrets.filter(text);
    return leaveResult(facts, { ...place, asked: inputs.resultPath, artifact: inputs.resultArtifact, env, log, filter });
  }

  async #writeSarif(): Promise<void> {
    const { host, env, log, secrets } = this.#context;
    const path = this.#inputs?.sarif;
    if (path === undefined || path === "") return;
    try {
      const { sarifOf } = await import("./sarif.ts");
      const folders = { cwd: host.cwd, workspace: env["GITHUB_WORKSPACE"] || host.cwd };
      const text = sarifOf(log.annotations.all, folders, (value) => secrets.filter(value));
      const file = resolve(host.cwd, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } catch (thrown) {
      this.#isIncomplete = true;
      log.now(`The SARIF file could not be written: ${secrets.filter(messageOf(thrown))}`);
    }
  }

  #addSummary(outcome: ReturnType<typeof outcomeOf>, artifacts: readonly ArtifactRecord[]): void {
    const { host, files, log, secrets } = this.#context;
    if (this.#inputs?.summary === false) return;
    const planned = matrixTable(this.#planned);
    const changes = changesSection(this.#record.compared);
    this.#findings.push(...[planned, changes].filter((section) => section !== ""));
    const filter = (text: string): string => secrets.filter(text);
    const facts = {
      command: this.#inputs?.command.name ?? "packer-ts",
      templates: this.#templates.map(filter),
      record: this.#record,
      outcome,
      artifacts,
      diagnostics: log.annotations.all,
      unannotated: log.annotations.unannotated,
      milliseconds: host.clock.now() - this.#startedAt,
      findings: this.#findings,
    };
    try {
      files.addSummary(stepSummary(facts, filter));
    } catch (thrown) {
      log.now(`The summary could not be written: ${filter(messageOf(thrown))}`);
    }
  }
}
