// Turns what went wrong while connecting into words: what, why, and what to try.
import { BuildError, failure, readErrorCode, readMessage } from "../../diagnostic/build-error.ts";
import { ciphers, keyExchanges } from "./algorithms.ts";
import type { AuthenticationRecord, Credentials } from "./authentication.ts";
import type { SshPhase } from "./phase.ts";

/** What is known about an attempt when it fails. */
export interface AttemptState {
  /** `host:port` as the user knows it. */
  readonly target: string;
  at: SshPhase;
  hostKey?: string | undefined;
  /** First bytes the other side sent. */
  heard: string;
  /** What both sides offered for the algorithm that did not match. */
  readonly algorithms: Map<string, string>;
  record?: AuthenticationRecord | undefined;
  readonly credentials: Credentials;
  /** The server's last words, when it closed the connection with a reason. */
  farewell?: string | undefined;
}

/** The failure to show for anything that ended a connection attempt. `timedOut`: our own limit for this step passed. */
export function explainAttempt(thrown: unknown, state: AttemptState, timedOut: boolean): BuildError {
  if (thrown instanceof BuildError) {
    return thrown;
  }
  const { at } = state;
  const unknown = /^Unsupported algorithm: (.+)$/.exec(readMessage(thrown))?.[1];
  if (unknown !== undefined) {
    return failure("network", "communicator/ssh-algorithms", `This client does not know the algorithm "${unknown}"`, {
      hint: "Take it out of the list of ciphers or key exchange algorithms.",
      cause: thrown,
    });
  }
  switch (at.phase) {
    case "resolving":
      return explainUnresolved(at.host, thrown);
    case "dialling":
      return timedOut ? explainSilence(at.address, thrown) : explainUndialled(at.address, state.target, thrown);
    case "proxy":
    case "bastion":
      return explainBeyond(at, state.target, thrown, timedOut);
    case "tunnel":
      return failure("network", "communicator/tunnel", `The tunnel to ${at.address} could not be opened`, {
        detail: timedOut ? "It did not stand in time." : readMessage(thrown),
        cause: thrown,
      });
    case "banner":
      if (at.answeredBy !== undefined && state.heard === "") {
        return explainNobodyBehind(at.address, at.answeredBy, thrown);
      }
      return timedOut ? explainNoBanner(at.address, thrown) : explainNotSsh(state, at.address, thrown);
    case "key exchange":
    case "host key":
      return explainNoKeyExchange(state, thrown, timedOut);
    case "authentication":
      return timedOut ? explainSlowAuthentication(state, thrown) : explainUnauthenticated(state, thrown);
    case "session":
      return failure(
        "network",
        "communicator/ssh-session",
        `${state.target} accepted the log-in but opens no session`,
        {
          detail: readMessage(thrown),
          hint: "Check the account's shell, `ForceCommand` and `MaxSessions` in the server's configuration.",
          cause: thrown,
        },
      );
  }
}

function explainUnresolved(host: string, cause: unknown): BuildError {
  return failure("network", "communicator/ssh-resolve", `The name "${host}" could not be resolved`, {
    detail: readMessage(cause),
    hint: "Check the spelling of the host name and this machine's DNS; an IP address works without.",
    cause,
  });
}

function explainUndialled(address: string, target: string, cause: unknown): BuildError {
  const code = readErrorCode(cause);
  if (code === "ECONNREFUSED" && address !== target) {
    return failure("network", "communicator/ssh-refused", `The proxy ${address} refused the connection`, {
      detail: "Its machine answers, but nothing listens on that port.",
      hint: "Check ssh_proxy_host and ssh_proxy_port, or the proxy that the environment names, and that the proxy runs.",
      cause,
    });
  }
  if (code === "ECONNREFUSED") {
    return failure("network", "communicator/ssh-refused", `${address} refused the connection`, {
      detail: "The machine answers, but nothing listens on that port.",
      hint: "The SSH server may not be running yet, may listen on another port, or a firewall rejects the port.",
      cause,
    });
  }
  if (code === "ETIMEDOUT") {
    return explainSilence(address, cause);
  }
  if (code === "ECONNRESET") {
    return explainClosedEarly(address, cause);
  }
  if (["EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "EADDRNOTAVAIL", "ENETDOWN"].includes(code)) {
    return failure("network", "communicator/ssh-unreachable", `There is no route to ${address}`, {
      detail: readMessage(cause),
      hint: "Check that the machine is up and that this machine shares a network with it: a VPN, a security group or a bastion may be missing.",
      cause,
    });
  }
  return failure("network", "communicator/ssh-connect", `${address} could not be connected to`, {
    detail: readMessage(cause),
    cause,
  });
}

function explainSilence(address: string, cause: unknown): BuildError {
  return failure("network", "communicator/ssh-silent", `${address} did not answer`, {
    detail: "Nothing came back, not even a refusal.",
    hint: "A firewall or security group may drop the packets, the address may be wrong, or the machine is still starting.",
    cause,
  });
}

function explainBeyond(
  { phase, address }: Extract<SshPhase, { phase: "proxy" | "bastion" }>,
  target: string,
  cause: unknown,
  timedOut: boolean,
): BuildError {
  return failure("network", `communicator/ssh-${phase}`, `The ${phase} ${address} could not connect to ${target}`, {
    detail: timedOut ? "It did not answer in time." : readMessage(cause),
    hint:
      phase === "proxy"
        ? "Check that the proxy may reach the machine, and its log."
        : "Check that the machine can be reached from the bastion, and that the bastion's sshd has `AllowTcpForwarding yes`.",
    cause,
  });
}

function explainNoBanner(address: string, cause: unknown): BuildError {
  return failure("timeout", "communicator/ssh-no-banner", `${address} accepts connections but sends no SSH banner`, {
    hint: "The SSH server may still be starting or be overloaded, or another kind of server listens on that port.",
    cause,
  });
}

function explainNobodyBehind(address: string, answeredBy: string, cause: unknown): BuildError {
  return failure("network", "communicator/ssh-closed", "The machine does not answer on its SSH port yet", {
    detail: `${answeredBy} has taken the connection to ${address} in its place, and found nobody behind it.`,
    hint: "It may still be starting or being installed. If it stays so, look at its screen: an installer may wait at a prompt, or no SSH server is started.",
    cause,
  });
}

function explainClosedEarly(address: string, cause: unknown): BuildError {
  return failure("network", "communicator/ssh-closed", `${address} closed the connection before its SSH banner`, {
    detail: readMessage(cause),
    hint: "The SSH server may still be starting, may have too many connections (`MaxStartups`), or may block this address.",
    cause,
  });
}

function explainNotSsh(state: AttemptState, address: string, cause: unknown): BuildError {
  if (state.heard === "") {
    return explainClosedEarly(address, cause);
  }
  if (state.heard.startsWith("SSH-")) {
    return explainNoKeyExchange(state, cause, false);
  }
  if (/^(Exceeded MaxStartups|Not allowed at this time)/.test(state.heard)) {
    return failure("network", "communicator/ssh-closed", `${address} takes no more connections at the moment`, {
      detail: `It sent: ${JSON.stringify(state.heard.slice(0, 120))}`,
      hint: "The SSH server has too many connections that have not logged in yet (`MaxStartups`), or holds off this address for failed log-ins (`PerSourcePenalties`).",
      cause,
    });
  }
  return failure("network", "communicator/ssh-banner", `${address} answers, but not as an SSH server`, {
    detail: `It sent: ${JSON.stringify(state.heard.slice(0, 120))}`,
    hint: "Check the port: something else listens there.",
    cause,
  });
}

function explainNoKeyExchange(state: AttemptState, cause: unknown, timedOut: boolean): BuildError {
  const what = /no matching (.+)/.exec(readMessage(cause))?.[1];
  if (what !== undefined) {
    const [local, remote] = ["local", "remote"].map((side) => state.algorithms.get(`${side} ${what}`) ?? "unknown");
    return failure(
      "network",
      "communicator/ssh-algorithms",
      `${state.target} and this client have no ${what} in common`,
      {
        detail: `The server offers: ${remote}\nThis client offers: ${local}`,
        hint: chooseAlgorithmHint(what, remote),
        cause,
      },
    );
  }
  const summary = timedOut
    ? `${state.target} did not finish the SSH handshake in time`
    : `The SSH handshake with ${state.target} broke off`;
  return failure(timedOut ? "timeout" : "network", "communicator/ssh-handshake", summary, {
    detail: state.farewell ?? readMessage(cause),
    hint: "The machine may be rebooting or overloaded; its sshd log says more.",
    cause,
  });
}

function chooseAlgorithmHint(what: string, remote: string | undefined): string {
  const isExchange = what.startsWith("key exchange");
  const known = isExchange ? keyExchanges : ciphers;
  const option = isExchange ? "ssh_key_exchange_algorithms" : "ssh_ciphers";
  const common = (remote ?? "").split(",").find((name) => known.includes(name));
  if (!isExchange && !what.includes("cipher")) {
    return "Allow one of ours in the server's sshd_config.";
  }
  return common === undefined
    ? "Allow one of ours in the server's sshd_config."
    : `Set ${option} to one that the server offers, such as "${common}", or allow one of ours in its sshd_config.`;
}

function explainSlowAuthentication(state: AttemptState, cause: unknown): BuildError {
  return failure("timeout", "communicator/ssh-handshake", `${state.target} did not answer the log-in in time`, {
    detail: describeTried(state),
    hint: "Slow reverse DNS (`UseDNS`) or a slow user directory on the server are common causes.",
    cause,
  });
}

function explainUnauthenticated(state: AttemptState, cause: unknown): BuildError {
  const level = typeof cause === "object" && cause !== null && "level" in cause ? cause.level : undefined;
  const tooMany = /too many authentication/i.test(state.farewell ?? "");
  if (level !== "client-authentication" && !tooMany) {
    return failure("network", "communicator/ssh-lost", `${state.target} closed the connection during the log-in`, {
      detail: [state.farewell ?? readMessage(cause), describeTried(state)].join("\n"),
      hint: "The machine may be rebooting, or it ends log-ins of this user; its sshd log says more.",
      cause,
    });
  }
  const { username } = state.credentials;
  return failure("auth", "communicator/ssh-auth", `${state.target} did not let "${username}" in`, {
    detail: tooMany ? `It said: ${state.farewell}\n${describeTried(state)}` : describeTried(state),
    hint: chooseHint(state, tooMany),
    cause,
  });
}

function describeTried(state: AttemptState): string {
  const { offered = [], tried = [] } = state.record ?? {};
  const lines = [
    `The server offers: ${offered.length === 0 ? "unknown" : offered.join(", ")}`,
    `Tried: ${tried.length === 0 ? "nothing that the server offers" : tried.join(", ")}`,
  ];
  return lines.join("\n");
}

function chooseHint(state: AttemptState, tooMany: boolean): string {
  const { credentials, record } = state;
  const offered = record?.offered ?? [];
  const hasKey = (credentials.keys?.length ?? 0) > 0 || credentials.agent !== undefined;
  const hasPassword = (credentials.password ?? "") !== "";
  if (tooMany) {
    return "The agent holds more keys than the server lets anyone try: give one private key file instead.";
  }
  if (record?.partial === true) {
    return "One method worked, but the server asks for a second one on top: give that as well.";
  }
  if (!hasKey && !offered.includes("password") && !offered.includes("keyboard-interactive")) {
    return "The server takes only keys: give a private key or use the agent.";
  }
  if (!hasPassword && !offered.includes("publickey")) {
    return "The server takes only passwords: give a password.";
  }
  const misnamed = credentials.keys?.find(
    ({ certificate }) => certificate !== undefined && !mentionsUser(certificate.principals, credentials.username),
  );
  if (misnamed?.certificate !== undefined) {
    return `The certificate "${misnamed.certificate.keyId}" is for ${misnamed.certificate.principals.join(", ")}, not for "${credentials.username}".`;
  }
  if (record?.emptyAgent === true && (credentials.keys?.length ?? 0) === 0 && !hasPassword) {
    return "The SSH agent holds no key: load one with `ssh-add`, or give a private key file.";
  }
  if (hasKey && !hasPassword) {
    return `Check the user name, and that the key stands in the machine's ~${credentials.username}/.ssh/authorized_keys; root is often not allowed in.`;
  }
  return "Check the user name and the password; root is often not allowed in with a password.";
}

function mentionsUser(principals: readonly string[], username: string): boolean {
  return principals.length === 0 || principals.includes(username);
}
