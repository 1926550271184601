// Waits until a machine takes commands over WinRM, and says what it waits for whenever that changes.
import { BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";
import { type Access, RejectedAccess } from "../../driver/winrm/authenticated.ts";
import { openWinrmClient, type WinrmClient } from "../../driver/winrm/client.ts";
import type { HttpEndpoint } from "../../driver/winrm/endpoint.ts";
import { makePowershellCommand, QUIET } from "../../driver/winrm/powershell.ts";
import { runCommand } from "../../driver/winrm/run-command.ts";
import type { Communicator } from "../../sdk/communicator.ts";
import type { ConnectTarget } from "../../sdk/communicator-kind.ts";
import type { Run } from "../../sdk/run.ts";
import { describeObserved, tellLongWait } from "../../step/long-wait.ts";
import { openCommunicator } from "./winrm-communicator.ts";

export interface WinrmWait {
  readonly target: Pick<ConnectTarget, "observe" | "answeredBy">;
  /** Milliseconds; 0 waits without end. */
  readonly timeout: number;
  /** Asked again for every attempt; may wait for a password that comes late. */
  access(): Promise<{ readonly username: string; readonly password: string }>;
  /** `undefined` tries Basic and changes to NTLM where only that is offered. */
  readonly ntlm: boolean | undefined;
  /** Asked again for every attempt; throws while the address is not known. */
  endpoint(): Promise<HttpEndpoint>;
}

/** As Packer: five seconds between attempts. */
const PAUSE = 5_000;
const READY = "WinRM connected.";

/** Connects, trying again until the machine runs PowerShell or the time is over. */
export async function waitForWinrm(run: Run, wait: WinrmWait): Promise<Communicator> {
  run.ui.say("Waiting for WinRM to become available...");
  const waiting = new Waiting(run, wait);
  const { target, timeout } = wait;
  using _ = tellLongWait({ what: "WinRM", limit: timeout, target, hangsOn: () => waiting.hangsOn }, run);
  let isLate = false;
  const communicator = await run.host.clock
    .within(
      timeout > 0 ? timeout : Number.POSITIVE_INFINITY,
      run.signal,
      (signal) => waiting.attempts(signal),
      () => {
        isLate = true;
        return new Error("WinRM is not available in time");
      },
    )
    .catch(async (thrown: unknown) => {
      throw isLate ? waiting.timedOut(await describeObserved(target)) : thrown;
    });
  run.ui.say("Connected to WinRM!");
  return communicator;
}

class Waiting {
  readonly #run: Run;
  readonly #wait: WinrmWait;
  #ntlm: boolean;
  #said = "";
  #last: BuildError | undefined;

  constructor(run: Run, wait: WinrmWait) {
    this.#run = run;
    this.#wait = wait;
    this.#ntlm = wait.ntlm ?? false;
  }

  async attempts(signal: AbortSignal): Promise<Communicator> {
    for (;;) {
      try {
        const communicator = await this.#attempt(signal);
        if (communicator !== undefined) {
          return communicator;
        }
        continue;
      } catch (thrown) {
        signal.throwIfAborted();
        this.#note(thrown);
      }
      await this.#run.host.clock.sleep(PAUSE, signal);
    }
  }

  /** One attempt; `undefined` when it showed that the next one should use NTLM. */
  async #attempt(signal: AbortSignal): Promise<Communicator | undefined> {
    const endpoint = await this.#wait.endpoint();
    const access: Access = { ...(await this.#wait.access()), ntlm: this.#ntlm };
    const client = openWinrmClient(this.#run.host, endpoint, access);
    try {
      await this.#checkReady(client, signal);
      return openCommunicator(this.#run, client, access);
    } catch (thrown) {
      client.close();
      if (!this.#shouldUseNtlm(thrown)) {
        throw thrown;
      }
      this.#ntlm = true;
      this.#say("The machine offers Negotiate and not Basic: using NTLM");
      return undefined;
    }
  }

  /** A shell that opens is not enough: PowerShell is there later, and the machine may still be setting itself up. */
  async #checkReady(client: WinrmClient, signal: AbortSignal): Promise<void> {
    const output = { stdout: "", stderr: "" };
    const keep = (stream: "stdout" | "stderr") => (chunk: Uint8Array) => {
      output[stream] = (output[stream] + Buffer.from(chunk).toString("utf8")).slice(-2_000);
    };
    const command = makePowershellCommand(`${QUIET}\nWrite-Output '${READY}'`);
    const outcome = await runCommand(client, command, { stdout: keep("stdout"), stderr: keep("stderr") }, signal);
    if (output.stdout.includes(READY)) {
      return this.#run.ui.message(READY);
    }
    const how =
      outcome.end === "exited" ? `It ended with exit code ${outcome.code}.` : "The connection was lost meanwhile.";
    throw failure("network", "communicator/winrm-answer", "WinRM answers, but PowerShell does not run yet", {
      detail: [how, output.stderr.trim().split("\n")[0] ?? ""].join(" ").trim(),
    });
  }

  #shouldUseNtlm(thrown: unknown): boolean {
    if (
      this.#wait.ntlm !== undefined ||
      this.#ntlm ||
      !(thrown instanceof BuildError) ||
      !(thrown.cause instanceof RejectedAccess)
    ) {
      return false;
    }
    const schemes = thrown.cause.schemes.map((scheme) => scheme.toLowerCase());
    return !schemes.includes("basic") && (schemes.includes("negotiate") || schemes.includes("ntlm"));
  }

  /** Remembers why an attempt failed, and says it when it is something new. A bug of ours is not waited for. */
  #note(thrown: unknown): void {
    if (!(thrown instanceof BuildError)) {
      if (thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof ReferenceError) {
        throw thrown;
      }
      this.#say(`The machine's address is not known yet: ${readMessage(thrown)}`);
      return;
    }
    // Waiting changes neither the template nor the variables of this process.
    if (thrown.failure === "template" || thrown.failure === "environment") {
      throw thrown;
    }
    this.#last = thrown;
    const [diagnostic] = thrown.diagnostics;
    if (diagnostic !== undefined) {
      this.#say([diagnostic.summary, diagnostic.detail ?? ""].join(". ").replace(/\. $/, ""));
    }
  }

  #say(text: string): void {
    if (text === this.#said) {
      return;
    }
    this.#said = text;
    this.#run.ui.message(`Still waiting: ${text}`);
  }

  /** What keeps us waiting at the moment. */
  get hangsOn(): string | undefined {
    return this.#last?.diagnostics[0]?.summary ?? (this.#said || this.#silence);
  }

  /** What it means that nothing has come where somebody takes connections in the machine's place. */
  get #silence(): string | undefined {
    const { answeredBy } = this.#wait.target;
    return answeredBy && `the machine does not answer on its port yet (${answeredBy} takes connections in its place)`;
  }

  timedOut(observed: readonly string[]): BuildError {
    const last = this.#last?.diagnostics[0];
    const still =
      last === undefined
        ? this.#said ||
          `The first attempt did not come to an end${this.#silence === undefined ? "" : `: ${this.#silence}`}.`
        : [last.summary, last.detail ?? ""].join(". ").trim();
    // Nobody has to wait longer for who is turned away.
    const kind = this.#last?.failure === "auth" ? "auth" : "timeout";
    return failure(kind, "communicator/winrm-timeout", "Timeout waiting for WinRM.", {
      detail: [still, ...observed].join("\n"),
      hint:
        last?.hint ??
        "Check that the machine starts, that WinRM is set up in it, and raise winrm_timeout if it only needs longer.",
      cause: this.#last,
    });
  }
}
