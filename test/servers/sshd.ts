// A real OpenSSH server of the test's own: own configuration, keys and port, on the loopback address only.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { needs } from "../needs.ts";
import { freePort } from "./listen.ts";

export interface SshdOptions {
  /** More lines for sshd_config; they win over the fixture's own. */
  readonly config?: readonly string[] | undefined;
  /** Gives the test's user this password, inside the server's own mount namespace; needs root. */
  readonly password?: string | undefined;
  /** With `password`: asks for it through PAM, so that keyboard-interactive works too. */
  readonly pam?: boolean | undefined;
  /** Public keys that may log in, instead of the fixture's own. */
  readonly authorizedKeys?: readonly string[] | undefined;
  /** Listens here instead of on a free port: for a server that comes back. */
  readonly port?: number | undefined;
  /** Runs in a network namespace, at this address of it, instead of on the loopback address here. */
  readonly at?: { readonly namespace: string; readonly address: string } | undefined;
}

/** A running sshd. It is stopped and its folder removed when the test ends. */
export interface Sshd {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** A private key that is let in. */
  readonly keyFile: string;
  readonly password?: string | undefined;
  /** Scratch folder that goes away with the server. */
  readonly dir: string;
  /** What the server logged so far. */
  log(): string;
  /** Ends every connection abruptly; the server goes on. */
  cutConnections(): void;
  /** Ends the server and every connection. */
  stop(): Promise<void>;
}

/** Starts sshd; `undefined` when the machine has none and the test was skipped for it. */
export async function startSshd(test: TestContext, options: SshdOptions = {}): Promise<Sshd | undefined> {
  if (!needs(test, "/usr/sbin/sshd", "ssh-keygen")) {
    return undefined;
  }
  if (options.password !== undefined && process.getuid?.() !== 0) {
    test.skip("a server with a password needs root");
    return undefined;
  }
  const sshd = await launchSshd(options);
  test.after(async () => {
    await sshd.stop();
    rmSync(sshd.dir, { recursive: true, force: true });
  });
  return sshd;
}

/** Starts sshd outside a test, for measurements; whoever calls stops it and removes its folder. */
export async function launchSshd(options: SshdOptions = {}): Promise<Sshd> {
  const dir = mkdtempSync(join(tmpdir(), "sshd-"));
  const keyFile = join(dir, "user_key");
  for (const file of [keyFile, join(dir, "host_key")]) {
    keygen("-t", "ed25519", "-f", file);
  }
  writeFileSync(
    join(dir, "authorized_keys"),
    (options.authorizedKeys ?? [readFileSync(`${keyFile}.pub`, "utf8")]).join("\n"),
  );
  const port = options.port ?? (await freePort());
  const logFile = join(dir, "log");
  writeFileSync(join(dir, "config"), configText(dir, port, options));
  // The server wants this folder when it runs as root.
  if (process.getuid?.() === 0) {
    mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  }
  const server = startServer(dir, logFile, options);
  await untilListening(port, server, logFile, options.at !== undefined);
  return {
    host: options.at?.address ?? "127.0.0.1",
    port,
    user: userInfo().username,
    keyFile,
    password: options.password,
    dir,
    log: () => readFileSync(logFile, "utf8"),
    cutConnections: () => killAll(childrenOf(server.pid as number)),
    stop: () => stop(server),
  };
}

/** Runs ssh-keygen without a passphrase; gives what it printed. */
export function keygen(...args: readonly string[]): string {
  const passphrase =
    args.includes("-N") || args.includes("-s") || args.some((arg) => /^-(e|l)/.test(arg)) ? [] : ["-N", ""];
  const ran = spawnSync("ssh-keygen", ["-q", ...passphrase, ...args], { encoding: "utf8" });
  if (ran.status !== 0) {
    throw new Error(`ssh-keygen ${args.join(" ")}: ${ran.stderr}`);
  }
  return ran.stdout;
}

function configText(dir: string, port: number, options: SshdOptions): string {
  return [
    // The first value of a keyword counts.
    ...(options.config ?? []),
    `Port ${port}`,
    `ListenAddress ${options.at?.address ?? "127.0.0.1"}`,
    `HostKey ${dir}/host_key`,
    `AuthorizedKeysFile ${dir}/authorized_keys`,
    `PidFile ${dir}/pid`,
    "StrictModes no",
    "PermitRootLogin yes",
    `PasswordAuthentication ${options.password === undefined ? "no" : "yes"}`,
    `KbdInteractiveAuthentication ${options.pam ? "yes" : "no"}`,
    `UsePAM ${options.pam ? "yes" : "no"}`,
    "UseDNS no",
    "MaxStartups 200",
    "Subsystem sftp internal-sftp",
    // bash reads ~/.bashrc for a command over SSH unless it takes itself for the shell of a shell: what stands in there may take
    // longer than what is tested, and print.
    "SetEnv SHLVL=1",
    "LogLevel VERBOSE",
    "",
  ].join("\n");
}

function startServer(dir: string, logFile: string, { password, at }: SshdOptions): ChildProcess {
  const command = ["/usr/sbin/sshd", "-D", "-f", join(dir, "config"), "-E", logFile] as const;
  if (at !== undefined) {
    return spawn("ip", ["netns", "exec", at.namespace, ...command], { stdio: "ignore" });
  }
  if (password === undefined) {
    return spawn(command[0], command.slice(1), { stdio: "ignore" });
  }
  const hash = spawnSync("openssl", ["passwd", "-6", password], { encoding: "utf8" }).stdout.trim();
  const { username } = userInfo();
  const shadow = readFileSync("/etc/shadow", "utf8").replace(
    new RegExp(`^${username}:[^:]*:`, "m"),
    () => `${username}:${hash}:`,
  );
  writeFileSync(join(dir, "shadow"), shadow, { mode: 0o600 });
  const script = `mount --bind ${dir}/shadow /etc/shadow && exec ${command.join(" ")}`;
  return spawn("unshare", ["--mount", "sh", "-c", script], { stdio: "ignore" });
}

async function untilListening(port: number, server: ChildProcess, logFile: string, elsewhere: boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (server.exitCode !== null) {
      throw new Error(`sshd ended: ${readFileSync(logFile, "utf8")}`);
    }
    if (
      elsewhere
        ? existsSync(logFile) && readFileSync(logFile, "utf8").includes("Server listening")
        : await answers(port)
    ) {
      return;
    }
    await wait(25);
  }
  throw new Error("sshd does not listen");
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function stop(server: ChildProcess): Promise<void> {
  const pid = server.pid as number;
  if (server.exitCode !== null || server.signalCode !== null) {
    return;
  }
  const gone = new Promise((resolve) => server.once("exit", resolve));
  const sessions = childrenOf(pid);
  server.kill("SIGKILL");
  killAll(sessions);
  await gone;
}

/** Every process below `pid`, found through the process table. */
function childrenOf(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      parents.set(Number(name), Number(fields[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [child, ...below(child)]);
  return below(pid);
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended meanwhile.
    }
  }
}
