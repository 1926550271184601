// An SSH machine inside this process: for a first try where nothing is installed. Commands run on this computer.
import type { AuthContext, ServerChannel, Session } from "ssh2";
import type { Host, RunningProcess } from "../../host/host.ts";
import { serveScp } from "./embedded-scp.ts";
import { serveSftp } from "./embedded-sftp.ts";
import { generateKeyPair } from "./key-pair.ts";
import { loadSsh2 } from "./load.ts";

export interface EmbeddedServerOptions {
  /** Home and working folder of every command; relative remote paths start here. */
  readonly root: string;
  readonly username?: string | undefined;
  /** Also lets this password in. */
  readonly password?: string | undefined;
}

/** A running embedded server, on the loopback address only. */
export interface EmbeddedServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly username: string;
  /** The one key that is let in, made for this server, in OpenSSH's format. */
  readonly privateKey: string;
  /** Ends every connection and every command. */
  close(): Promise<void>;
}

/** Starts an SSH server that runs commands with `/bin/sh` in `root` and serves scp and SFTP itself. */
export async function startEmbeddedServer(host: Host, options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const ssh2 = await loadSsh2();
  const [hostKey, userKey] = await Promise.all([generateKeyPair("ed25519"), generateKeyPair("ed25519")]);
  const { username = "packer", password, root } = options;
  const allowed = ssh2.utils.parseKey(userKey.publicKey);
  if (allowed instanceof Error) {
    throw allowed;
  }
  const running = new Set<RunningProcess>();
  const server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (client) => {
    client.on("error", () => {});
    client.on("authentication", (context) => {
      if (context.username === username && isAllowed(context, allowed, password)) {
        context.accept();
      } else {
        context.reject(password === undefined ? ["publickey"] : ["publickey", "password"]);
      }
    });
    client.on("session", (accept) => serveSession({ host, root, running }, accept()));
  });
  const listener = await host.network.listen({ host: "127.0.0.1", port: 0 }, (socket) => server.injectSocket(socket));
  return {
    host: "127.0.0.1",
    port: listener.port,
    username,
    privateKey: userKey.privateKey,
    async close() {
      for (const process of running) {
        process.kill("SIGKILL");
      }
      await listener.close();
    },
  };
}

type Allowed = ReturnType<typeof import("ssh2").utils.parseKey>;

function isAllowed(context: AuthContext, allowed: Allowed, password: string | undefined): boolean {
  if (context.method === "password") {
    return password !== undefined && context.password === password;
  }
  if (context.method !== "publickey" || allowed instanceof Error) {
    return false;
  }
  const key = Array.isArray(allowed) ? allowed[0] : allowed;
  if (key === undefined || !key.getPublicSSH().equals(context.key.data)) {
    return false;
  }
  // Without a signature the client only asks whether the key would do.
  return (
    context.signature === undefined ||
    (context.blob !== undefined && key.verify(context.blob, context.signature, context.hashAlgo) === true)
  );
}

/** Where commands run, and those that do. */
interface Workplace {
  readonly host: Host;
  readonly root: string;
  readonly running: Set<RunningProcess>;
}

function serveSession(workplace: Workplace, session: Session): void {
  const { root } = workplace;
  session.on("pty", (accept) => accept?.());
  session.on("exec", (accept, _reject, { command }) => {
    const channel = accept();
    channel.on("error", () => {});
    void serveScp(root, command, channel).then(async (served) => {
      if (!served) {
        await runCommand(workplace, session, channel, command);
      }
    });
  });
  session.on("sftp", (accept) => serveSftp(root, accept()));
}

async function runCommand(
  { host, root, running }: Workplace,
  session: Session,
  channel: ServerChannel,
  command: string,
): Promise<void> {
  try {
    const process = await host.processes.start(["/bin/sh", "-c", command], {
      cwd: root,
      env: { HOME: root, PWD: root, SSH_AUTH_SOCK: undefined },
    });
    running.add(process);
    session.on("signal", (_accept, _reject, { name }) => process.kill(`SIG${name}` as NodeJS.Signals));
    channel.on("close", () => process.kill("SIGHUP"));
    channel.pipe(process.stdin);
    process.stdout.pipe(channel, { end: false });
    process.stderr.pipe(channel.stderr, { end: false });
    const { code } = await process.ended;
    running.delete(process);
    channel.exit(code);
  } catch (thrown) {
    channel.stderr.write(`${String(thrown)}\n`);
    channel.exit(127);
  }
  channel.end();
}
