// A client against a test machine, with pauses that take a twentieth of their time.
import type { Access } from "../../src/driver/winrm/authenticated.ts";
import { openWinrmClient, type WinrmClient } from "../../src/driver/winrm/client.ts";
import { type CommandOutcome, type CommandStreams, runCommand } from "../../src/driver/winrm/run-command.ts";
import { createClock } from "../../src/host/clock.ts";
import { nodeHost } from "../../src/host/node.ts";
import { type FakeHost, fakeHost } from "../fakes/host.ts";
import { startWinrmServer, type WinrmServer, type WinrmServerOptions } from "./winrm-server.ts";

const real = nodeHost();

/**
 * The machine's network, and its time with short pauses. Deadlines, which are longer, keep their length: a busy
 * machine must not miss them. `everything` shrinks those, too, for tests of deadlines.
 */
export function quickHost(env: Readonly<Record<string, string>> = {}, everything?: number): FakeHost {
  const host = fakeHost({ network: "real", env });
  const isPause = (milliseconds: number): boolean => milliseconds <= 5_000 || milliseconds === 10_000;
  const clock = createClock({
    now: () => real.clock.now(),
    elapsed: () => real.clock.elapsed() * (everything ?? 1),
    sleep: (milliseconds, signal) =>
      real.clock.sleep(milliseconds / (everything ?? (isPause(milliseconds) ? 20 : 1)), signal),
  });
  return { ...host, random: real.random, clock: { ...host.clock, ...clock } };
}

export interface WinrmFixture extends AsyncDisposable {
  readonly server: WinrmServer;
  readonly client: WinrmClient;
  readonly signal: AbortSignal;
  /** Runs a command and gives what it printed. */
  run(
    commandLine: string,
    more?: Partial<CommandStreams>,
    signal?: AbortSignal,
  ): Promise<{ outcome: CommandOutcome; stdout: string; stderr: string }>;
}

/** Starts a machine and a client for it. */
export async function winrmFixture(
  options: WinrmServerOptions = {},
  access: Partial<Access> = {},
): Promise<WinrmFixture> {
  const server = await startWinrmServer(options);
  const endpoint = {
    host: "127.0.0.1",
    port: server.port,
    tls: options.tls === undefined ? undefined : { insecure: true },
  };
  const client = openWinrmClient(quickHost(), endpoint, {
    username: "vagrant",
    password: "vagrant",
    ntlm: false,
    ...access,
  });
  const { signal } = new AbortController();
  return {
    server,
    client,
    signal,
    async run(commandLine, more = {}, given = signal) {
      const output = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
      const keep = (stream: "stdout" | "stderr") => (chunk: Uint8Array) => {
        output[stream] = Buffer.concat([output[stream], chunk]);
      };
      const outcome = await runCommand(
        client,
        commandLine,
        { stdout: keep("stdout"), stderr: keep("stderr"), ...more },
        given,
      );
      return { outcome, stdout: output.stdout.toString("utf8"), stderr: output.stderr.toString("utf8") };
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await server.close();
    },
  };
}

/** The diagnostic of whatever a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<{ code: string; text: string }> {
  try {
    await promise;
  } catch (thrown) {
    const diagnostics = (
      thrown as {
        diagnostics?: readonly {
          code: string;
          summary: string;
          detail?: string | undefined;
          hint?: string | undefined;
        }[];
      }
    ).diagnostics;
    const [first] = diagnostics ?? [];
    if (first === undefined) {
      throw thrown;
    }
    return { code: first.code, text: [first.summary, first.detail ?? "", first.hint ?? ""].join("\n") };
  }
  throw new Error("It was not rejected");
}
