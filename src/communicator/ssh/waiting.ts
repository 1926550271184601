// Waits until a machine lets us in, and says why it does not yet.
import { BuildError, failure } from "../../diagnostic/build-error.ts";
import type { Diagnostic } from "../../diagnostic/diagnostic.ts";
import { connectSsh, type SshConnection, type SshTarget } from "../../driver/ssh/connection.ts";
import { describePhase, type SshPhase } from "../../driver/ssh/phase.ts";
import { openTunnel } from "../../driver/ssh/tunnel.ts";
import type { ConnectTarget } from "../../sdk/communicator-kind.ts";
import type { Run } from "../../sdk/run.ts";
import { describeObserved, tellLongWait } from "../../step/long-wait.ts";
import type { SshConfig } from "./options.ts";
import { parseTunnel } from "./tunnels.ts";

// As Packer 1.6.6, which takes 7 seconds after every failure. A refused connection says that the machine is still
// starting and is asked again sooner; a refused log-in keeps the pace, because attempts are counted.
const PAUSE = 2_000;
const PAUSE_AFTER_REFUSED_LOGIN = 7_000;
/** Milliseconds a phase may last before the log mentions it. */
const QUIET = 5_000;
/**
 * Milliseconds after which a connection that nothing comes from is given up for another, at first and at most. A port that
 * leads to a machine accepts before the machine is there, and what waits behind it tries ever more seldom.
 */
const PATIENCE = 6_000;
const MOST_PATIENCE = 60_000;

const DEFAULT_TIMEOUT = 300_000;
const DEFAULT_ATTEMPTS = 10;

/** How long to wait and how many log-ins may be refused; 0 is without limit. */
export function chooseLimits(config: SshConfig): { readonly timeout: number; readonly attempts: number } {
  const timeout = config.ssh_wait_timeout ?? config.ssh_timeout ?? 0;
  const attempts = config.ssh_handshake_attempts ?? 0;
  // As Packer: the defaults hold only when the user limited neither.
  return timeout === 0 && attempts === 0
    ? { timeout: DEFAULT_TIMEOUT, attempts: DEFAULT_ATTEMPTS }
    : { timeout, attempts };
}

/** Connects once, with the tunnels the options ask for. */
export async function connectOnce(
  config: SshConfig,
  target: SshTarget,
  run: Pick<Run, "host" | "signal">,
  onPhase?: (at: SshPhase) => void,
): Promise<SshConnection> {
  const connection = await connectSsh(run.host, target, run.signal, onPhase);
  try {
    for (const [texts, side] of [
      [config.ssh_local_tunnels, "here"],
      [config.ssh_remote_tunnels, "there"],
    ] as const) {
      for (const text of texts) {
        const tunnel = parseTunnel(text, side);
        if (!("problem" in tunnel)) {
          await openTunnel(connection, tunnel);
        }
      }
    }
    return connection;
  } catch (thrown) {
    await connection.close();
    throw thrown;
  }
}

/** Tries until the machine lets us in, time is up, or too many log-ins were refused. */
export async function waitForSsh(
  config: SshConfig,
  findTarget: () => Promise<SshTarget>,
  machine: Pick<ConnectTarget, "observe">,
  run: Run,
): Promise<SshConnection> {
  const { timeout, attempts } = chooseLimits(config);
  const over = new AbortController();
  const signal = AbortSignal.any([run.signal, over.signal]);
  using told = new Reporter(run);
  using _ = timeout > 0 ? run.host.clock.later(timeout, () => over.abort()) : undefined;
  using __ = tellLongWait({ what: "SSH", limit: timeout, target: machine, hangsOn: () => told.hangsOn }, run);
  const throwIfOver = async (): Promise<void> => {
    run.signal.throwIfAborted();
    if (over.signal.aborted) {
      throw told.timedOut(await describeObserved(machine));
    }
  };
  const began = run.host.clock.elapsed();
  let patience = PATIENCE;
  for (let refused = 0; ; ) {
    using silence = new Silence(run, patience);
    try {
      const once = { host: run.host, signal: AbortSignal.any([signal, silence.signal]) };
      // What the builder still has to find out, such as a password, may take longer than anybody waits.
      const target = await run.host.clock.within(Number.POSITIVE_INFINITY, signal, findTarget, waitForever);
      return await connectOnce(config, target, once, (at) => {
        told.phase(at);
        silence.phase(at);
      });
    } catch (thrown) {
      await throwIfOver();
      if (silence.signal.aborted) {
        patience = Math.min(2 * patience, MOST_PATIENCE);
        continue;
      }
      if (!(thrown instanceof BuildError)) {
        throw thrown;
      }
      const code = thrown.diagnostics[0]?.code ?? "";
      if (hopeless.has(code) || thrown.failure === "environment") {
        throw explainWaiting(thrown);
      }
      const wasRefused = code === "communicator/ssh-auth";
      if (wasRefused && ++refused >= attempts && attempts > 0) {
        throw explainWaiting(thrown, refused);
      }
      const pause = wasRefused ? PAUSE_AFTER_REFUSED_LOGIN : PAUSE;
      const isLast = timeout > 0 && run.host.clock.elapsed() - began + pause >= timeout;
      told.failed(thrown, isLast);
      await run.host.clock.sleep(pause, signal).catch(() => {});
      await throwIfOver();
    }
  }
}

function waitForever(): Error {
  return new Error("A wait without a limit was over");
}

/** What no waiting mends: it lies on this machine, or in what both sides can do. */
const hopeless = new Set(["communicator/ssh-key", "communicator/ssh-agent", "communicator/ssh-algorithms"]);

function explainWaiting(error: BuildError, refused?: number): BuildError {
  const [first, ...rest] = error.diagnostics;
  if (first === undefined) {
    return error;
  }
  const attempts = refused === undefined || refused < 2 ? "" : `\nTried ${refused} times.`;
  const said: Diagnostic = {
    ...first,
    summary: `Error waiting for SSH: ${first.summary}`,
    detail: `${first.detail ?? ""}${attempts}`.trim(),
  };
  return new BuildError(error.failure, [said, ...rest], error);
}

/** Gives up a connection from which no banner comes. */
class Silence {
  readonly #run: Run;
  readonly #patience: number;
  readonly #over = new AbortController();
  #waiting: Disposable | undefined;

  constructor(run: Run, patience: number) {
    this.#run = run;
    this.#patience = patience;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  phase({ phase }: SshPhase): void {
    this.#waiting?.[Symbol.dispose]();
    if (phase !== "banner") {
      return;
    }
    this.#waiting = this.#run.host.clock.later(this.#patience, () => this.#over.abort());
  }

  [Symbol.dispose](): void {
    this.#waiting?.[Symbol.dispose]();
  }
}

/** Tells the log what keeps us waiting, each thing once. */
class Reporter {
  readonly #run: Run;
  #said = "";
  #at: SshPhase | undefined;
  /** Whether somebody else takes connections in the machine's place. */
  #isAnswered = false;
  #last: Diagnostic | undefined;
  #mention: Disposable | undefined;

  constructor(run: Run) {
    this.#run = run;
  }

  /** A phase is only worth a line when it lasts. */
  phase(at: SshPhase): void {
    this.#at = at;
    this.#isAnswered = at.phase === "banner" && at.answeredBy !== undefined;
    this.#mention?.[Symbol.dispose]();
    this.#mention = this.#run.host.clock.later(QUIET, () => this.#say(`Still ${describePhase(at)}`));
  }

  failed(error: BuildError, isLast: boolean): void {
    this.#mention?.[Symbol.dispose]();
    this.#at = undefined;
    this.#last = error.diagnostics[0];
    if (this.#last !== undefined) {
      this.#say(isLast ? this.#last.summary : `${this.#last.summary}; trying again`);
    }
  }

  /** What keeps us waiting at the moment. */
  get hangsOn(): string | undefined {
    return this.#at === undefined ? this.#last?.summary : describePhase(this.#at);
  }

  timedOut(observed: readonly string[]): BuildError {
    const still = this.#at === undefined ? undefined : `It was still ${describePhase(this.#at)}.`;
    const last =
      this.#last === undefined ? undefined : [this.#last.summary, this.#last.detail].filter(Boolean).join("\n");
    const before = last === undefined ? undefined : `${still === undefined ? "" : "Before that: "}${last}`;
    const detail = [still, before, ...observed].filter(Boolean).join("\n");
    const usual = this.#isAnswered
      ? "Look at the machine's screen, with -on-error=abort for as long as you need: an installer may wait at a prompt, or no SSH server is started."
      : "Check that the machine has started and that its SSH port can be reached from here.";
    const hint = this.#last?.hint ?? usual;
    // Nobody has to wait longer for who is turned away.
    const kind = this.#last?.code === "communicator/ssh-auth" ? "auth" : "timeout";
    return failure(kind, "communicator/ssh-timeout", "Timeout waiting for SSH.", { detail, hint });
  }

  [Symbol.dispose](): void {
    this.#mention?.[Symbol.dispose]();
  }

  #say(text: string): void {
    if (text !== this.#said) {
      this.#run.ui.message(text);
    }
    this.#said = text;
  }
}
