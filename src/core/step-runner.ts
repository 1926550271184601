// The steps of a build, and what becomes of it when one fails: -on-error and -debug live here.
import { readMessage } from "../diagnostic/build-error.ts";
import type { OnError, RunSettings, Ui } from "../sdk/run.ts";
import { isCancellation } from "./cancel.ts";
import { explainFailure } from "./failures.ts";
import type { Lifetime } from "./resources.ts";

/** How a failed step goes on. */
type Verdict = "cleanup" | "abandon" | "retry";

export interface StepOptions {
  /** The step tells of its failure itself, as provisioning does in Packer. */
  readonly quiet?: boolean | undefined;
  /** What has to be done first when it failed; gives the failure to go on with. */
  undo?(thrown: unknown): Promise<unknown>;
}

const CHOICES =
  "[c] Clean up and exit, [a] abort without cleanup, or [r] retry step (build may fail even if retry succeeds)?";

/** The outermost steps are the unit of `-debug` and `-on-error`; steps inside them are only shown. */
export class StepRunner {
  readonly #settings: RunSettings;
  readonly #ui: Ui;
  readonly #signal: AbortSignal;
  readonly #lifetime: Lifetime;
  readonly #begun: string[] = [];
  #current: string | undefined;
  #failed: string | undefined;
  #toldToAbort = false;

  constructor(settings: RunSettings, ui: Ui, signal: AbortSignal, lifetime: Lifetime) {
    this.#settings = settings;
    this.#ui = ui;
    this.#signal = signal;
    this.#lifetime = lifetime;
  }

  /** The step that is being made. */
  get current(): string | undefined {
    return this.#current;
  }

  /** True when what a failed build made stays for a look, because the user said so before or when asked. */
  get abandons(): boolean {
    return this.#toldToAbort || leavesThings(this.#settings.onError);
  }

  async run<T>(name: string, body: () => Promise<T>, options: StepOptions = {}): Promise<T> {
    if (this.#current !== undefined) {
      return body();
    }
    this.#current = name;
    this.#begun.push(name);
    try {
      return await this.#attempts(name, body, options);
    } finally {
      this.#current = undefined;
    }
  }

  /** Asks before the first thing of each step is removed, under `-debug`. */
  async beforeCleanup(step: string | undefined): Promise<void> {
    if (!this.#settings.debug || this.#signal.aborted || step === undefined) {
      return;
    }
    await this.#ui.ask(`Pausing before cleanup of step '${step}'. Press enter to continue.`);
  }

  /** Says which steps are not cleaned up; the failed one has said so already. */
  tellSkipped(): void {
    const skipped = this.#begun.filter((name) => name !== this.#failed).reverse();
    for (const name of skipped) {
      this.#ui.error(`aborted: skipping cleanup of step "${name}"`);
    }
  }

  async #attempts<T>(name: string, body: () => Promise<T>, options: StepOptions): Promise<T> {
    for (;;) {
      const mark = this.#lifetime.mark();
      try {
        const result = await body();
        if (this.#settings.debug) {
          await this.#ui.ask(`Pausing after run of step '${name}'. Press enter to continue.`);
        }
        return result;
      } catch (thrown) {
        const cancelled = this.#signal.aborted || isCancellation(thrown);
        const verdict = cancelled ? this.#afterCancel(name) : await this.#afterFailure(name, thrown, options);
        if (verdict === "retry") {
          // Unlike Packer, which would start a second machine beside the first.
          await this.#lifetime.removeAll({ since: mark });
          continue;
        }
        this.#failed = name;
        if (cancelled || verdict === "abandon") {
          throw await this.#abandoned(name, thrown, cancelled, options);
        }
        throw options.undo === undefined ? thrown : await options.undo(thrown);
      }
    }
  }

  #afterCancel(name: string): Verdict {
    if (!leavesThings(this.#settings.onError)) {
      return "cleanup";
    }
    this.#ui.error(`Step "${name}" failed, aborting...`);
    return "abandon";
  }

  async #afterFailure(name: string, thrown: unknown, options: StepOptions): Promise<Verdict> {
    const { error } = explainFailure(thrown, this.#signal);
    switch (this.#settings.onError) {
      case "cleanup":
        if (options.quiet !== true) {
          this.#ui.error(error);
        }
        return "cleanup";
      case "ask":
        this.#ui.error(error);
        this.#ui.error(`Step "${name}" failed`);
        return this.#ask(name);
      case "abort":
        this.#ui.error(error);
        this.#ui.error(`Step "${name}" failed, aborting...`);
        return "abandon";
      case "run-cleanup-provisioner":
        return "abandon";
    }
  }

  /** With `run-cleanup-provisioner` the provisioning step still undoes its own. */
  async #abandoned(name: string, thrown: unknown, cancelled: boolean, options: StepOptions): Promise<unknown> {
    if (cancelled || this.#settings.onError !== "run-cleanup-provisioner") {
      return thrown;
    }
    const failed = options.undo === undefined ? thrown : await options.undo(thrown);
    this.#ui.error(explainFailure(failed, this.#signal).error);
    this.#ui.error(`Step "${name}" failed, aborting...`);
    return failed;
  }

  async #ask(name: string): Promise<Verdict> {
    for (;;) {
      const answer = await this.#ui.ask(CHOICES).catch((thrown: unknown) => void this.#ui.error(readMessage(thrown)));
      // A cancelled run asks nobody any more.
      if (answer === undefined || this.#signal.aborted) {
        return "cleanup";
      }
      switch (answer.trim().toLowerCase()) {
        case "":
        case "c":
          return "cleanup";
        case "a":
          this.#toldToAbort = true;
          this.#ui.error(`Step "${name}" failed, aborting...`);
          return "abandon";
        case "r":
          return "retry";
        default:
          this.#ui.say(`Incorrect input: ${JSON.stringify(answer.trim())}`);
      }
    }
  }
}

function leavesThings(onError: OnError): boolean {
  return onError === "abort" || onError === "run-cleanup-provisioner";
}
