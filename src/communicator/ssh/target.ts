// Turns options and what the builder knows into a target for the driver.
import { isIP } from "node:net";
import { failure } from "../../diagnostic/build-error.ts";
import type { Credentials, KeyCredential } from "../../driver/ssh/authentication.ts";
import type { SshTarget } from "../../driver/ssh/connection.ts";
import { readPrivateKey } from "../../driver/ssh/private-key.ts";
import type { ProxyServer } from "../../host/host.ts";
import type { ConnectTarget } from "../../sdk/communicator-kind.ts";
import type { Run } from "../../sdk/run.ts";
import { answers } from "./answers.ts";
import { readKeyFiles } from "./keys.ts";
import type { SshConfig } from "./options.ts";

/** Milliseconds of silence after which a machine that is asked for signs of life counts as gone. */
const SILENCE = 300_000;

/** Where to connect now: host and port are asked again for every attempt. */
export async function makeTarget(config: SshConfig, target: ConnectTarget, run: Run): Promise<SshTarget> {
  const host = await answers.host(config, target);
  if (!host) {
    throw failure("network", "communicator/ssh-resolve", "The machine's address is not known", {
      hint: "Set ssh_host.",
    });
  }
  const keepAlive = Math.max(0, config.ssh_keep_alive_interval);
  const standardSilence = keepAlive > 0 ? SILENCE : 0;
  const silence = config.ssh_read_write_timeout > 0 ? config.ssh_read_write_timeout : standardSilence;
  const agent = run.host.env["SSH_AUTH_SOCK"];
  const through = await chooseWay(config, target, run);
  return {
    host,
    port: await answers.port(config, target),
    credentials: await gatherCredentials(config, target, run),
    ciphers: config.ssh_ciphers,
    keyExchange: config.ssh_key_exchange_algorithms,
    keepAlive,
    silence,
    family: isIP(host) === 0 ? chooseFamily(config) : undefined,
    through,
    answeredBy: through === undefined ? target.answeredBy : undefined,
    forwardAgent: agent && !config.ssh_disable_agent_forwarding ? agent : undefined,
  };
}

function chooseFamily({ ssh_ip_version: version }: SshConfig): 4 | 6 | undefined {
  if (version === undefined) {
    return undefined;
  }
  return version === "6" ? 6 : 4;
}

async function gatherCredentials(config: SshConfig, target: ConnectTarget, run: Run): Promise<Credentials> {
  const keys: KeyCredential[] = [];
  if (config.ssh_private_key_file) {
    keys.push(await readKey(run, config.ssh_private_key_file, config.ssh_certificate_file));
  }
  const temporary = target.temporaryKey === undefined ? [] : [target.temporaryKey.privateKey];
  for (const text of [
    ...temporary,
    ...(target.privateKeys ?? []),
    ...(config.ssh_private_key ? [config.ssh_private_key] : []),
  ]) {
    const key = readPrivateKey(text);
    if ("value" in key) {
      keys.push({ key: key.value, origin: "the build's key pair" });
    } else {
      throw failure("auth", "communicator/ssh-key", "The build's private key cannot be used", {
        detail: key.problem,
        hint: key.hint,
      });
    }
  }
  const password = await answers.password(config, target);
  return {
    username: answers.user(config, target) ?? "",
    keys,
    password: password || undefined,
    agent: config.ssh_agent_auth ? findAgentSocket(run) : undefined,
  };
}

function findAgentSocket(run: Run): string {
  const path = run.host.env["SSH_AUTH_SOCK"];
  if (path) {
    return path;
  }
  throw failure("auth", "communicator/ssh-agent", "There is no SSH agent", {
    detail: "The environment variable SSH_AUTH_SOCK is not set.",
    hint: "Start one with `eval $(ssh-agent)` and add a key with `ssh-add`, or give a private key file instead.",
  });
}

async function readKey(run: Run, file: string, certificate: string | undefined): Promise<KeyCredential> {
  const key = await readKeyFiles(run.host, file, certificate || undefined, run.host.clock.now());
  if ("problem" in key) {
    throw failure("auth", "communicator/ssh-key", "The private key cannot be used", {
      detail: key.problem,
      hint: key.hint,
    });
  }
  return key;
}

async function chooseWay(config: SshConfig, { dial }: ConnectTarget, run: Run): Promise<SshTarget["through"]> {
  if (config.ssh_bastion_host) {
    return { bastion: await makeBastion(config, config.ssh_bastion_host, run) };
  }
  if (config.ssh_proxy_host) {
    return { proxy: makeProxy(config, config.ssh_proxy_host) };
  }
  return dial && { dial };
}

function makeProxy(config: SshConfig, text: string): ProxyServer {
  const [, scheme = "socks5", host = text] = /^(https?|socks5h?):\/\/(.+?)\/?$/.exec(text) ?? [];
  return {
    kind: scheme.startsWith("http") ? "http" : "socks5",
    host,
    port: config.ssh_proxy_port,
    username: config.ssh_proxy_username || undefined,
    password: config.ssh_proxy_password || undefined,
  };
}

async function makeBastion(config: SshConfig, host: string, run: Run): Promise<SshTarget> {
  const own = config.ssh_bastion_private_key_file;
  const keyFile = own || config.ssh_private_key_file;
  const certificate = own ? config.ssh_bastion_certificate_file : config.ssh_certificate_file;
  return {
    host,
    port: config.ssh_bastion_port,
    keepAlive: Math.max(0, config.ssh_keep_alive_interval),
    credentials: {
      username: config.ssh_bastion_username ?? "",
      keys: keyFile ? [await readKey(run, keyFile, certificate)] : [],
      password: config.ssh_bastion_password || undefined,
      agent: config.ssh_bastion_agent_auth ? findAgentSocket(run) : undefined,
      ask: config.ssh_bastion_interactive ? (question) => askPerson(run, question) : undefined,
    },
  };
}

async function askPerson(run: Run, question: string): Promise<string> {
  const answer = await run.ui.ask(question);
  if (answer === undefined) {
    throw failure("auth", "communicator/ssh-auth", "The bastion asks a question and nobody can answer", {
      detail: question,
      hint: "Run at a terminal, or give ssh_bastion_password or a key instead of ssh_bastion_interactive.",
    });
  }
  run.hide(answer);
  return answer;
}
