// How a step goes, from everything that happened beside its builds.
import type { CommandOutcome, CommandResult } from "../../command/command.ts";
import { guard } from "../../core/emitter.ts";
import { BuildError, type FailureClass, readMessage } from "../../diagnostic/build-error.ts";
import { type Diagnostic, hasErrors } from "../../diagnostic/diagnostic.ts";
import type { ActionContext } from "../action-context.ts";
import { type ActionOutcome, describeOutcome, findFailureClass } from "./outputs.ts";
import type { RunRecord } from "./run-record.ts";

type VerdictContext = Pick<ActionContext, "log" | "signal">;

/** Collects what makes a step fail, and tells of it. */
export class Verdict {
  readonly #context: VerdictContext;
  readonly #record: RunRecord;
  #succeeded: Exclude<CommandOutcome, "refused"> = "valid";
  #isInvalid = false;
  #hasFailed = false;
  #isRefused = false;
  #isIncomplete = false;
  /** The class of what first failed beside the builds. What ends the run then is a fault, not somebody's wish. */
  #broken: FailureClass | "bug" | undefined;
  readonly #told = new Set<string>();

  constructor(context: VerdictContext, record: RunRecord) {
    this.#context = context;
    this.#record = record;
  }

  /** Takes what a command gave; its face was told already. */
  take({ exitCode, outcome, diagnostics, run }: CommandResult): void {
    if (outcome === "refused") {
      this.#isRefused = true;
      return;
    }
    this.#succeeded = outcome ?? this.#succeeded;
    if (hasErrors(diagnostics)) {
      this.#isInvalid = true;
    } else if (exitCode !== 0 && run === undefined) {
      this.#hasFailed = true;
    }
  }

  /** Tells what is wrong with templates or inputs; true when the run cannot go on like this. */
  refuses(diagnostics: readonly Diagnostic[]): boolean {
    this.#context.log.diagnostics(diagnostics, new Map());
    const refuses = hasErrors(diagnostics);
    if (refuses) {
      this.#isInvalid = true;
    }
    return refuses;
  }

  /** The inputs cannot be used. */
  invalidate(): void {
    this.#isInvalid = true;
  }

  /** A file of an artifact is not there, or what others are to read could not be written. */
  incomplete(): void {
    this.#isIncomplete = true;
  }

  /** Tells of something that should not have happened, once. The run goes on, and fails when it ends. */
  broken(thrown: unknown): void {
    const { log, signal } = this.#context;
    if (signal.aborted) {
      return;
    }
    this.#hasFailed = true;
    this.#broken ??= thrown instanceof BuildError ? thrown.failure : "bug";
    const message = readMessage(thrown);
    if (this.#told.has(message)) {
      return;
    }
    this.#told.add(message);
    try {
      log.diagnostics(thrown instanceof BuildError ? thrown.diagnostics : [describeFault(thrown)], new Map());
    } catch {
      // It may be the log that is broken. What it cannot show is in the outputs and the exit code.
      guard(
        () => log.error(describeFault(thrown).summary),
        () => {},
      )();
    }
  }

  /** What comes of `work`, or `otherwise` when it is broken: the rest of the ending comes about all the same. */
  async attempt<T>(work: () => T | Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      this.broken(thrown);
      return otherwise;
    }
  }

  get outcome(): ActionOutcome {
    return describeOutcome(this.#record, {
      succeeded: this.#succeeded,
      interrupted: this.#context.signal.aborted && this.#broken === undefined,
      invalid: this.#isInvalid,
      failed: this.#hasFailed || this.#isIncomplete,
      refused: this.#isRefused,
    });
  }

  /** The class of the first failure; empty when there is none. */
  failureClass(outcome: ActionOutcome): string {
    return findFailureClass(this.#record, outcome, this.#broken);
  }

  /** Whether anything failed besides what is missing of the result. */
  get hasFailures(): boolean {
    return this.#isInvalid || this.#hasFailed || this.#record.builds.some(({ outcome }) => outcome === "failed");
  }

  /** Whether a step that came to `outcome` went well. */
  isWell(outcome: ActionOutcome): boolean {
    const isGood = ["built", "valid", "done", "unchanged"].includes(outcome);
    return isGood && !this.#isRefused && !this.#isIncomplete && this.#broken === undefined;
  }
}

/** A fault of this program as the author of a template is told of it. */
function describeFault(thrown: unknown): Diagnostic {
  return {
    code: "run/bug",
    severity: "error",
    summary: `This is a fault of the action, not of the template: ${readMessage(thrown)}`,
    hint: "Report it together with this message.",
    detail: thrown instanceof Error ? thrown.stack : undefined,
  };
}
