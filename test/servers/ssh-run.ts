// A run over the real network and clock, and a connection through the ssh communicator, for tests and measurements.
import type { TestContext } from "node:test";
import { ssh } from "../../src/communicator/ssh/ssh.ts";
import { nodeHost } from "../../src/host/node.ts";
import type { CommandEnd, Communicator } from "../../src/sdk/communicator.ts";
import type { ConnectTarget } from "../../src/sdk/communicator-kind.ts";
import type { Run } from "../../src/sdk/run.ts";
import { configOf } from "../fakes/prepare.ts";
import { type FakeRunRecord, fakeRun } from "../fakes/run.ts";

export type RealRun = Run & Pick<FakeRunRecord, "lines" | "hidden">;

/** A run whose host is this machine. */
export function realRun(
  options: {
    signal?: AbortSignal | undefined;
    env?: Readonly<Record<string, string | undefined>> | undefined;
    answers?: readonly string[] | undefined;
  } = {},
): RealRun {
  const { env = {}, ...rest } = options;
  const host = nodeHost({ ...process.env, SSH_AUTH_SOCK: undefined, ...env });
  return Object.create(fakeRun(rest), { host: { value: host } }) as RealRun;
}

/** Connects with the given options of the communicator; closed when the test ends. */
export async function connectSshTo(
  test: TestContext,
  given: Readonly<Record<string, unknown>>,
  run: Run = realRun(),
  target: ConnectTarget = {},
): Promise<Communicator> {
  const communicator = await ssh.connect(await configOf(ssh, given), target, run);
  test.after(() => communicator.close());
  return communicator;
}

/** How a command ended and what it printed. */
export type Heard = CommandEnd & { readonly stdout: string; readonly stderr: string };

/** Runs a command and gives what it printed. */
export async function hear(
  communicator: Communicator,
  command: string,
  input?: string,
  signal = new AbortController().signal,
): Promise<Heard> {
  const [stdout, stderr]: [Uint8Array[], Uint8Array[]] = [[], []];
  const io = {
    stdout: (chunk: Uint8Array) => void stdout.push(chunk),
    stderr: (chunk: Uint8Array) => void stderr.push(chunk),
  };
  const end = await communicator.exec(command, input === undefined ? io : { ...io, stdin: bytesOf(input) }, signal);
  return { ...end, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

export async function* bytesOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) {
    yield Buffer.from(text);
  }
}
