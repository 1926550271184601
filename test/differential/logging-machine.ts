// An SSH machine that writes down every command it is asked to run; its home is a folder of the test.
// A command that kills the process `$SESSION` cuts its own connection.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { startSshd } from "../servers/sshd.ts";

export interface LoggingMachine {
  readonly port: number;
  readonly user: string;
  /** File of a private key that is let in. */
  readonly key: string;
  /** Where commands run, and where paths without a leading slash lead. */
  readonly home: string;
  /** What it was asked to run so far. */
  commands(): string[];
}

/** Starts one below `folder`. The caller has made sure that the tools are there. */
export async function startLoggingMachine(t: TestContext, folder: string): Promise<LoggingMachine> {
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  const log = join(folder, "commands");
  const wrapper = join(folder, "run");
  writeFileSync(wrapper, wrapperScript(log));
  chmodSync(wrapper, 0o755);
  // With a home of its own no start-up file of the user's shell has a say.
  const sshd = await startSshd(t, { config: [`ForceCommand ${wrapper}`, `SetEnv HOME=${home}`] });
  if (sshd === undefined) {
    throw new Error("sshd is missing");
  }
  const commands = (): string[] => (existsSync(log) ? readFileSync(log, "utf8").split("\0").slice(0, -1) : []);
  return { port: sshd.port, user: sshd.user, key: sshd.keyFile, home, commands };
}

function wrapperScript(log: string): string {
  return `#!/bin/sh
printf '%s\\0' "\${SSH_ORIGINAL_COMMAND-(shell)}" >> ${log}
cd; umask 022; SESSION=$PPID; export SESSION
case "$SSH_ORIGINAL_COMMAND" in
internal-sftp) exec /usr/lib/openssh/sftp-server ;;
esac
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
`;
}
