// The work of the main step: inputs -> a command over every template -> outputs and the summary.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Collected } from "../command/collect/collected.ts";
import type { Command, CommandContext, FormattedFile } from "../command/command.ts";
import { guardedFace } from "../command/guarded-face.ts";
import { type MatrixEntry, matrixEntries } from "../command/plan/matrix.ts";
import * as registry from "../command/registry.ts";
import { guard } from "../core/emitter.ts";
import { journalFolder } from "../core/journal-folder.ts";
import { BuildError, type FailureClass, messageOf } from "../diagnostic/build-error.ts";
import { type Diagnostic, hasErrors } from "../diagnostic/diagnostic.ts";
import { createLookups } from "../lookups.ts";
import { hideText } from "../template/given-secrets.ts";
import type { ActionContext } from "./action-context.ts";
import type { DownloadCache } from "./cache/download-cache.ts";
import { OFFERED, type OutputName } from "./input/action-options.ts";
import { findTemplates } from "./input/find-templates.ts";
import { type Inputs, inputText, readInputs } from "./input/inputs.ts";
import { selectAmong } from "./input/selection.ts";
import { templateTexts } from "./input/template-texts.ts";
import { heartbeat } from "./log/heartbeat.ts";
import { secretName, weakNotice } from "./log/weak-secrets.ts";
import type { Published } from "./publish/publish.ts";
import { pullRequestOf } from "./pull-request/pull-request.ts";
import type { Changed } from "./pull-request/touched.ts";
import { untrustedEvent } from "./pull-request/untrusted-event.ts";
import { type ArtifactRecord, artifactRecords, missingFiles } from "./result/artifact-records.ts";
import { hideInArtifact, hideInComparison } from "./result/hidden-texts.ts";
import { matrixOutputs, matrixTable, tooMany } from "./result/matrix.ts";
import {
  type ActionOutcome,
  type Ending,
  failureClass,
  outcomeOf,
  outputsOf,
  writeManifest,
} from "./result/outputs.ts";
import { leaveResult } from "./result/result-file.ts";
import { newRecord, recordInto } from "./result/run-record.ts";
import { stepSummary } from "./result/step-summary.ts";
import { changesSection } from "./result/unchanged.ts";
import { confined, worksOut } from "./runner/confined.ts";
import { runLabels } from "./runner/labels.ts";

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
  /** True when a file of an artifact is not there, or what others are to read could not be written. */
  #isIncomplete = false;
  /** The class of what first failed beside the builds. What ends the run then is a fault, not somebody's wish. */
  #broken: FailureClass | "bug" | undefined;
  readonly #told = new Set<string>();
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

  /** True while a build works. */
  get isBuilding(): boolean {
    return this.#record.builds.some(({ startedAt, outcome }) => startedAt !== undefined && outcome === undefined);
  }

  /** Writes outputs and summary of what has come about so far, once; gives the exit code. */
  finish(): Promise<number> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #work(): Promise<void> {
    const { host, env, log, secrets, signal } = this.#context;
    const commands = (Object.values(registry) as readonly Command[]).filter(({ name }) =>
      (OFFERED as readonly string[]).includes(name),
    );
    // Before anybody reads them: what is wrong with a text is told together with it.
    secrets.register(inputText(env, "github-token"), { name: 'input "github-token"' });
    const { inputs, diagnostics } = await this.#readInputs(commands);
    log.diagnostics(diagnostics, new Map());
    if (inputs === undefined) {
      this.#invalid = true;
      return;
    }
    this.#inputs = inputs;
    if (inputs.timestamps) {
      log.showTimes();
    }
    if (inputs.cacheDownloads) {
      this.#downloads = (await import("./cache/download-cache.ts")).downloadCache({ env, host, log, signal });
    }
    for (const secret of inputs.secretValues) {
      secrets.register(secret, { name: secretName(secret, inputs.config["var"]) });
    }
    this.#preferChanged(inputs.githubToken);
    if (worksOut(inputs.command.name) && !inputs.allowUntrustedEvents && this.#refusesEvent()) {
      return;
    }
    if (inputs.command.argument !== "TEMPLATE") {
      secrets.announce();
      const config = inputs.command.name === "collect" ? await this.#collectConfig(inputs) : inputs.config;
      await this.#runOne(inputs.command, "", config, this.#commandContext());
      return;
    }
    const found = findTemplates(inputs.templates, host.cwd);
    this.#templates = found.templates;
    for (const path of found.templates) {
      secrets.keepPath(path);
      for (const text of await templateTexts(resolve(host.cwd, path))) {
        secrets.showInClear(text);
      }
    }
    secrets.announce();
    if (this.#refuses(found.diagnostics)) {
      return;
    }
    const context = this.#commandContext();
    if (inputs.command.name === "fmt") {
      const { formattable } = await import("./result/fmt-result.ts");
      const [first, ...moreArguments] = formattable(found.templates, inputs.templates);
      if (first !== undefined) {
        await this.#runOne(inputs.command, first, inputs.config, { ...context, moreArguments });
      }
      return;
    }
    const { runs, diagnostics: unmatched } = await selectAmong(found.templates, inputs.config, context);
    if (this.#refuses(unmatched)) {
      return;
    }
    for (const { template, config } of runs) {
      if (signal.aborted) {
        return;
      }
      if (runs.length > 1) {
        log.now(`${inputs.command.name} ${template}`);
      }
      await this.#runOne(inputs.command, template, config, context);
    }
    this.#refuses(tooMany(this.#planned));
    if (inputs.command.name === "plan" && inputs.pullRequestPlan !== "off") {
      await this.#planPullRequest(inputs, context);
    }
  }

  /** What cannot be read of the secrets is hidden as it was given, before anything is said about it. */
  async #readInputs(commands: readonly Command[]): ReturnType<typeof readInputs> {
    const { env, secrets } = this.#context;
    let isRead = false;
    try {
      const read = await readInputs(env, commands);
      isRead = read.inputs !== undefined && read.diagnostics.length === 0;
      return read;
    } finally {
      if (!isRead) {
        hideText(inputText(env, "secret-vars"), (secret) => secrets.register(secret));
      }
    }
  }

  async #planPullRequest(inputs: Inputs, context: CommandContext): Promise<void> {
    const { githubToken: token, templates, config, pullRequestPlan, allowFilesOutside } = inputs;
    const { pullRequestPlan: show } = await import("./pull-request/image-plan.ts");
    const comments = pullRequestPlan === "comment";
    this.#findings.push(
      await show({
        action: this.#context,
        context,
        token,
        templates,
        config: config as never,
        allowFilesOutside,
        comments,
      }),
    );
  }

  async #collectConfig({ config, resultArtifact: name }: Inputs): Promise<Record<string, unknown>> {
    const { host, env, log } = this.#context;
    const { collectConfig } = await import("./result/collect.ts");
    const place = { cwd: host.cwd, temp: env["RUNNER_TEMP"], uuid: host.random.uuid() };
    const download = async (): Promise<string> =>
      (await import("./result/result-file-transfer.ts")).downloadResults(
        name ?? "",
        place.temp || host.tempDir,
        place.uuid,
        {
          env,
          log,
        },
      );
    return collectConfig(config, { ...place, download: name === undefined ? undefined : download });
  }

  /** In a run for a pull request, messages about the lines it changes are annotations before all others. */
  #preferChanged(token: string): void {
    const { env, log } = this.#context;
    const pull = pullRequestOf(env);
    if (pull === undefined || token === "") {
      return;
    }
    log.annotations.prefer(async () =>
      (await import("./pull-request/changed-lines.ts")).changesFor(this.#context, pull, token),
    );
  }

  async #runOne(
    command: Command,
    template: string,
    config: Readonly<Record<string, unknown>>,
    context: CommandContext,
  ): Promise<void> {
    const { log } = this.#context;
    const broken = (thrown: unknown): void => this.broken(thrown);
    // Each by itself: what cannot be shown is recorded all the same.
    const record = guard(recordInto(this.#record, template), broken);
    const shown = guardedFace(log, broken);
    const sink: typeof log.sink = (event) => {
      record(event);
      shown.sink(event);
    };
    const face = { ...shown, sink };
    try {
      const result = await command.run(config as never, template, { ...context, face });
      if (result.refused === true) {
        this.#refused = true;
      } else if (hasErrors(result.diagnostics)) {
        this.#invalid = true;
      } else if (result.exitCode !== 0 && result.run === undefined) {
        this.#failed = true;
      }
      if (result.plan !== undefined) {
        this.#planned.push(...matrixEntries(result.plan, template, (config["except"] ?? []) as string[]));
      }
      if (result.collected !== undefined) {
        await this.#takeCollected(result.collected);
      }
      if (result.formatted !== undefined) {
        await this.#takeFormatted(result.formatted, config["write"] === true);
      }
    } catch (thrown) {
      this.broken(thrown);
    }
  }

  async #takeCollected(collected: Collected): Promise<void> {
    this.#collected = collected;
    this.#templates = (await import("./result/collect.ts")).takeCollected(this.#record, collected);
  }

  async #takeFormatted(files: readonly FormattedFile[], isWritten: boolean): Promise<void> {
    const { formatMistakes, formatSection } = await import("./result/fmt-result.ts");
    this.#findings.push(formatSection(this.#context.secrets.shown(files), isWritten));
    if (!isWritten) {
      this.#refuses(formatMistakes(files));
    }
  }

  #commandContext(): CommandContext {
    const { env, log, secrets, signal } = this.#context;
    const host =
      this.#downloads === undefined ? this.#context.host : { ...this.#context.host, fileCache: this.#downloads };
    const context: CommandContext = {
      host,
      catalog: async () => (await import("../catalog.ts")).createCatalog(),
      lookups: createLookups(host, signal),
      face: log,
      secrets,
      signal,
      readStdin: async () => new Uint8Array(),
      ask: async () => undefined,
      journalDir: journalFolder(host),
      changedFiles: () => this.#changedFiles(),
      labels: runLabels(env),
      fingerprints: async (selection) =>
        (await import("./cache/fingerprint-cache.ts")).fingerprintCache({ env, host, log, ...selection }),
      startedAt: this.#startedAt,
    };
    const { command, allowFilesOutside: allowOutside = false } = this.#inputs ?? {};
    return confined(context, command?.name ?? "", { env, allowOutside });
  }

  /** Asked for once, however many templates want to know. */
  #changedFiles(): Promise<Changed> {
    const { host, env, signal } = this.#context;
    const token = this.#inputs?.githubToken ?? "";
    this.#changed ??= import("./pull-request/touched.ts").then(({ changedFiles }) =>
      changedFiles({ env, host, token, signal }),
    );
    return this.#changed;
  }

  #refusesEvent(): boolean {
    const refusal = untrustedEvent(this.#context.env);
    return refusal !== undefined && this.#refuses([refusal]);
  }

  #refuses(diagnostics: readonly Diagnostic[]): boolean {
    this.#context.log.diagnostics(diagnostics, new Map());
    const refuses = hasErrors(diagnostics);
    if (refuses) {
      this.#invalid = true;
    }
    return refuses;
  }

  /** Tells of something that should not have happened, once. The run goes on, and fails when it ends. */
  broken(thrown: unknown): void {
    const { log, signal } = this.#context;
    if (signal.aborted) {
      return;
    }
    this.#failed = true;
    this.#broken ??= thrown instanceof BuildError ? thrown.failure : "bug";
    const message = messageOf(thrown);
    if (this.#told.has(message)) {
      return;
    }
    this.#told.add(message);
    try {
      log.diagnostics(thrown instanceof BuildError ? thrown.diagnostics : [faultOf(thrown)], new Map());
    } catch {
      // It may be the log that is broken. What it cannot show is in the outputs and the exit code.
      guard(
        () => log.error(faultOf(thrown).summary),
        () => {},
      )();
    }
  }

  async #finish(): Promise<number> {
    const { host, log, secrets, signal } = this.#context;
    await this.#attempt(() => secrets.announce(), undefined);
    await this.#attempt(() => log.end(), undefined);
    await this.#attempt(() => log.annotations.release(), undefined);
    // A cancelled step has no time for checksums of large files.
    const measured = (): ReturnType<typeof artifactRecords> =>
      artifactRecords(this.#record, host.cwd, { checksums: !signal.aborted });
    const artifacts = this.#collected?.artifacts ?? (await this.#attempt(measured, []));
    this.#isIncomplete =
      this.#collected === undefined && (await this.#attempt(() => this.#tellMissing(artifacts), true));
    const published = await this.#attempt(() => this.#publish(artifacts), { outputs: {}, failed: true });
    const outcome = this.#outcome();
    let resultFailed = true;
    try {
      resultFailed = await this.#setOutputs(outcome, artifacts, published);
    } finally {
      await this.#addSummary(outcome, artifacts);
      await this.#attempt(() => this.#tellWeak(), undefined);
      await this.#writeSarif();
    }
    this.#amendOutputs(outcome);
    const hidden = log.annotations.unannotated;
    if (hidden > 0) {
      log.now(
        `${hidden} more messages are in this log but not among the annotations: the runner takes ten of each kind.`,
      );
    }
    const isWell = ["built", "valid", "done", "unchanged"].includes(outcome) && !this.#refused && !this.#isIncomplete;
    return isWell && !published.failed && !resultFailed && this.#broken === undefined ? 0 : 1;
  }

  #outcome(): ActionOutcome {
    const command = this.#inputs?.command.name ?? "build";
    const ending: Ending = {
      command,
      interrupted: this.#context.signal.aborted && this.#broken === undefined,
      invalid: this.#invalid,
      failed: this.#failed || this.#isIncomplete,
      refused: this.#refused,
    };
    return outcomeOf(this.#record, ending);
  }

  /** What comes of `work`, or `otherwise` when it is broken: the rest of the ending comes about all the same. */
  async #attempt<T>(work: () => T | Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      this.broken(thrown);
      return otherwise;
    }
  }

  /** Something broke since the outputs were set: of several values the runner takes the last one. */
  #amendOutputs(before: ActionOutcome): void {
    const outcome = this.#outcome();
    if (outcome === before) {
      return;
    }
    const { files } = this.#context;
    files.setOutput("outcome", outcome);
    files.setOutput("failure-class", failureClass(this.#record, outcome, this.#broken));
  }

  #tellMissing(artifacts: readonly ArtifactRecord[]): boolean {
    const missing = missingFiles(artifacts);
    this.#context.log.diagnostics(missing, new Map());
    return missing.length > 0;
  }

  /** Says once which values cannot be hidden, never what they are. */
  #tellWeak(): void {
    const notice = weakNotice(this.#context.secrets.weak);
    if (notice !== undefined) {
      this.#context.log.notice("Weak secrets", notice);
    }
  }

  async #publish(artifacts: readonly ArtifactRecord[]): Promise<Published> {
    const asked = this.#inputs;
    const isAsked = asked !== undefined && (asked.uploads !== undefined || asked.attest);
    if (!isAsked || artifacts.length === 0 || this.#collected !== undefined) {
      return { outputs: {}, failed: false };
    }
    return (await import("./publish/publish.ts")).publish(asked, artifacts, this.#context);
  }

  async #setOutputs(
    outcome: ActionOutcome,
    artifacts: readonly ArtifactRecord[],
    published: Published,
  ): Promise<boolean> {
    const { host, env, files, log, secrets } = this.#context;
    const hide = (text: string): string => secrets.filter(text);
    const compared = this.#record.compared.map((one) => hideInComparison(one, hide));
    const shown = artifacts.map((artifact) => hideInArtifact(artifact, hide));
    const outputs = {
      ...outputsOf({ ...this.#record, compared }, { outcome, broken: this.#broken }, shown),
      ...published.outputs,
    };
    if (artifacts.some(({ missing }) => missing !== undefined) && !this.#hasFailures()) {
      outputs["failure-class"] = "environment";
    }
    if (published.failed) {
      outputs["failure-class"] ||= "environment";
    }
    const folder = env["RUNNER_TEMP"];
    if (this.#collected !== undefined) {
      outputs["manifest-path"] = this.#collected.manifestPath;
      outputs["uploaded-artifacts"] = JSON.stringify(this.#collected.uploaded);
      outputs["failure-class"] = (await import("./result/collect.ts")).collectedFailure(
        this.#record,
        outputs["failure-class"],
      );
    } else if (this.#record.builds.length > 0 && folder !== undefined && folder !== "") {
      try {
        outputs["manifest-path"] = await writeManifest(folder, this.#record, artifacts, host.clock.now());
      } catch (thrown) {
        this.#isIncomplete = true;
        log.now(`The manifest could not be written: ${messageOf(thrown)}`);
      }
    }
    if (this.#inputs?.command.name === "plan") {
      Object.assign(outputs, matrixOutputs(this.#planned));
    }
    const result = await this.#leaveResult(outputs, artifacts);
    outputs["result-path"] = result.path;
    for (const [name, value] of Object.entries(outputs)) {
      files.setOutput(name, value);
    }
    return result.failed;
  }

  #hasFailures(): boolean {
    return this.#invalid || this.#failed || this.#record.builds.some(({ outcome }) => outcome === "failed");
  }

  async #leaveResult(
    outputs: Readonly<Record<OutputName, string>>,
    artifacts: readonly ArtifactRecord[],
  ): ReturnType<typeof leaveResult> {
    const { host, env, log, secrets, signal } = this.#context;
    const inputs = this.#inputs;
    if (inputs?.command.name !== "build") {
      return { path: "", failed: false };
    }
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
    return leaveResult(facts, {
      ...place,
      asked: inputs.resultPath,
      artifact: inputs.resultArtifact,
      env,
      log,
      secrets,
    });
  }

  async #writeSarif(): Promise<void> {
    const { host, env, log, secrets } = this.#context;
    const path = this.#inputs?.sarif;
    if (path === undefined || path === "") {
      return;
    }
    const { sarifOf } = await import("./log/sarif.ts");
    const folders = { cwd: host.cwd, workspace: env["GITHUB_WORKSPACE"] || host.cwd };
    const text = await this.#attempt(
      () => sarifOf(log.annotations.all, folders, (value) => secrets.filter(value)),
      undefined,
    );
    if (text === undefined) {
      return;
    }
    try {
      const file = resolve(host.cwd, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } catch (thrown) {
      this.#isIncomplete = true;
      log.now(`The SARIF file could not be written: ${messageOf(thrown)}`);
    }
  }

  async #addSummary(outcome: ActionOutcome, artifacts: readonly ArtifactRecord[]): Promise<void> {
    const { host, files, log, secrets } = this.#context;
    if (this.#inputs?.summary === false) {
      return;
    }
    const findings = async (): Promise<readonly string[]> => {
      const planned = matrixTable(secrets.shown(this.#planned));
      const changes = changesSection(secrets.shown(this.#record.compared));
      return [...this.#findings, planned, changes].filter((section) => section !== "");
    };
    const facts = {
      command: this.#inputs?.command.name ?? "packer-ts",
      templates: this.#templates,
      record: this.#record,
      outcome,
      artifacts,
      diagnostics: log.annotations.all,
      unannotated: log.annotations.unannotated,
      milliseconds: host.clock.now() - this.#startedAt,
      findings: await this.#attempt(findings, []),
    };
    const whole = await this.#attempt(() => stepSummary(facts, secrets), undefined);
    // The builds are listed even when something else about them cannot be shown.
    const least = { ...facts, outcome: this.#outcome(), artifacts: [], diagnostics: [], findings: [] };
    const text = whole ?? (await this.#attempt(() => stepSummary(least, secrets), ""));
    try {
      files.addSummary(text);
    } catch (thrown) {
      log.now(`The summary could not be written: ${messageOf(thrown)}`);
    }
  }
}

/** A fault of this program as the author of a template is told of it. */
function faultOf(thrown: unknown): Diagnostic {
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  const summary = `This is a fault of the action, not of the template: ${messageOf(thrown)}`;
  const told: Diagnostic = {
    code: "run/bug",
    severity: "error",
    summary,
    hint: "Report it together with this message.",
  };
  return stack === undefined ? told : { ...told, detail: stack };
}
