// A connection on which the machine knows who is speaking: Basic with every request, or NTLM once at its beginning.
import { type BuildError, failure } from "../../diagnostic/build-error.ts";
import type { Host } from "../../host/host.ts";
import { formatWsmanUrl, type HttpEndpoint } from "./endpoint.ts";
import { type HttpConnection, type HttpReply, openHttp } from "./http-connection.ts";
import { hashChannelBindings } from "./ntlm/channel-bindings.ts";
import { type NtlmCredentials, type NtlmProblem, startNtlmExchange } from "./ntlm/client.ts";
import type { SealingSession } from "./ntlm/session.ts";
import { isSealed, openBody, SEALED_TYPE, sealBody } from "./sealed-body.ts";

const SOAP_TYPE = "application/soap+xml;charset=UTF-8";

export interface AuthenticatedConnection {
  readonly usable: boolean;
  /** Sends a SOAP message. The body of a sealed answer comes opened. */
  exchange(message: string, signal: AbortSignal): Promise<HttpReply>;
  close(): void;
}

/** How a machine is asked for access. */
export interface Access extends NtlmCredentials {
  readonly ntlm: boolean;
}

/** What connections need of the outside world. */
export type WinrmHost = Pick<Host, "network" | "clock" | "random">;

/** Opens a connection and authenticates it. */
export async function openAuthenticated(
  host: WinrmHost,
  endpoint: HttpEndpoint,
  access: Access,
  signal: AbortSignal,
): Promise<AuthenticatedConnection> {
  const connection = await openHttp(host.network, endpoint, signal);
  if (!access.ntlm) {
    return openBasicConnection(connection, endpoint, access);
  }
  try {
    return await new NtlmLogin(connection, endpoint, access).logIn(host, signal);
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
}

function openBasicConnection(
  connection: HttpConnection,
  endpoint: HttpEndpoint,
  access: Access,
): AuthenticatedConnection {
  const authorization = `Basic ${Buffer.from(`${access.username}:${access.password}`).toString("base64")}`;
  return {
    get usable() {
      return connection.usable;
    },
    async exchange(message, signal) {
      const reply = await connection.post({ Authorization: authorization, "Content-Type": SOAP_TYPE }, message, signal);
      if (reply.status === 401) {
        throw explainRejection(endpoint, access, reply);
      }
      return reply;
    },
    close: () => connection.close(),
  };
}

/** A connection on which NTLM is spoken, for one user. */
class NtlmLogin {
  readonly #connection: HttpConnection;
  readonly #endpoint: HttpEndpoint;
  readonly #access: Access;

  constructor(connection: HttpConnection, endpoint: HttpEndpoint, access: Access) {
    this.#connection = connection;
    this.#endpoint = endpoint;
    this.#access = access;
  }

  async logIn(host: WinrmHost, signal: AbortSignal): Promise<AuthenticatedConnection> {
    const connection = this.#connection;
    // TLS already protects the messages, so they are sealed only without it.
    const sealed = this.#endpoint.tls === undefined;
    const exchange = startNtlmExchange(this.#access, {
      targetName: `HTTP/${this.#endpoint.host}`,
      sealed,
      random: (length) => host.random.bytes(length),
      now: () => host.clock.now(),
      channelBindings: connection.certificate === undefined ? undefined : hashChannelBindings(connection.certificate),
    });
    const { scheme, challenge } = await this.#requestChallenge(exchange.token, signal);
    const answer = exchange.answer(challenge);
    if (!answer.ok) {
      throw explainNtlm(this.#endpoint, answer.problem);
    }
    this.#throwIfRejected(await this.#postToken(scheme, answer.token, signal));
    const send = (message: string, inner: AbortSignal): Promise<HttpReply> =>
      sealed
        ? this.#exchangeSealed(answer.session, message, inner)
        : connection.post({ "Content-Type": SOAP_TYPE }, message, inner);
    return {
      get usable() {
        return connection.usable;
      },
      exchange: async (message, inner) => this.#throwIfRejected(await send(message, inner)),
      close: () => connection.close(),
    };
  }

  #throwIfRejected(reply: HttpReply): HttpReply {
    if (reply.status === 401) {
      throw explainRejection(this.#endpoint, this.#access, reply);
    }
    return reply;
  }

  /** Sends the first token, under the name that the machine knows the scheme by. */
  async #requestChallenge(token: Buffer, signal: AbortSignal): Promise<{ scheme: string; challenge: Buffer }> {
    let reply: HttpReply | undefined;
    for (const scheme of ["Negotiate", "NTLM"]) {
      if (reply !== undefined && !offers(reply, scheme)) {
        continue;
      }
      reply = await this.#postToken(scheme, token, signal);
      const challenge = reply.challenges
        .map((line) => new RegExp(`^${scheme}\\s+(\\S+)`, "i").exec(line)?.[1])
        .find((text) => text !== undefined);
      if (challenge !== undefined) {
        return { scheme, challenge: Buffer.from(challenge, "base64") };
      }
      if (reply.status !== 401) {
        throw explainNotWsman(this.#endpoint, reply);
      }
    }
    throw explainRejection(this.#endpoint, this.#access, reply);
  }

  #postToken(scheme: string, token: Buffer, signal: AbortSignal): Promise<HttpReply> {
    const authorization = `${scheme} ${token.toString("base64")}`;
    return this.#connection.post({ Authorization: authorization, "Content-Type": SOAP_TYPE }, "", signal);
  }

  async #exchangeSealed(session: SealingSession, message: string, signal: AbortSignal): Promise<HttpReply> {
    const reply = await this.#connection.post({ "Content-Type": SEALED_TYPE }, sealBody(session, message), signal);
    if (reply.status === 401) {
      return reply;
    }
    const body = isSealed(reply.contentType) ? openBody(session, reply.contentType, reply.body) : undefined;
    if (body !== undefined) {
      return { ...reply, body, contentType: SOAP_TYPE };
    }
    this.#connection.close();
    if (!isSealed(reply.contentType) && reply.status !== 200) {
      throw explainNotWsman(this.#endpoint, reply);
    }
    throw explainNotSealed(this.#endpoint);
  }
}

function explainNotSealed(endpoint: HttpEndpoint): BuildError {
  const summary = `An answer of ${formatWsmanUrl(endpoint)} was not sealed as it must be`;
  return failure("network", "communicator/winrm-seal", summary, {
    detail: "It was altered on the way, is incomplete, or was not sealed at all.",
    hint: "Look for a proxy between the two machines, or use winrm_use_ssl.",
  });
}

function offers(reply: HttpReply, scheme: string): boolean {
  return listSchemes(reply).some((offered) => offered.toLowerCase() === scheme.toLowerCase());
}

/** The names of the schemes that an answer offers. */
export function listSchemes(reply: Pick<HttpReply, "challenges">): string[] {
  return [...new Set(reply.challenges.map((challenge) => challenge.split(/\s/)[0] ?? ""))];
}

/** The failure of a rejected user, with the schemes that were offered instead. */
export class RejectedAccess {
  readonly schemes: readonly string[];
  constructor(schemes: readonly string[]) {
    this.schemes = schemes;
  }
}

function explainRejection(endpoint: HttpEndpoint, access: Access, reply: HttpReply | undefined): BuildError {
  const schemes = listSchemes(reply ?? { challenges: [] });
  const tried = access.ntlm ? "NTLM" : "Basic";
  const offered =
    schemes.length === 0 ? "It names no scheme that it would accept." : `It offers: ${schemes.join(", ")}.`;
  return failure(
    "auth",
    "communicator/winrm-auth",
    `${formatWsmanUrl(endpoint)} did not accept "${access.username}" with ${tried} (401)`,
    {
      detail: offered,
      hint: chooseHint(access.ntlm, schemes, endpoint.tls !== undefined),
      cause: new RejectedAccess(schemes),
    },
  );
}

function chooseHint(ntlm: boolean, schemes: readonly string[], tls: boolean): string {
  const offered = new Set(schemes.map((scheme) => scheme.toLowerCase()));
  const negotiates = offered.has("negotiate") || offered.has("ntlm");
  if (!ntlm && !offered.has("basic") && negotiates) {
    const why = tls
      ? "Basic is off on the machine"
      : "Basic is off on the machine, or it does not allow unencrypted messages";
    return `${why}: set winrm_use_ntlm to true.`;
  }
  if (ntlm && !negotiates && offered.has("basic")) {
    return "Negotiate is off on the machine: unset winrm_use_ntlm to use Basic.";
  }
  if (schemes.length > 0 && !negotiates && !offered.has("basic")) {
    return `This client does not speak ${schemes.join(" or ")}: allow Negotiate or Basic in winrm/config/service/auth of the machine.`;
  }
  return "Check winrm_username and winrm_password. The user must be an administrator or in Remote Management Users, and local where no domain is named.";
}

function explainNtlm(endpoint: HttpEndpoint, problem: NtlmProblem): BuildError {
  const details = {
    "no-challenge": "Its answer to the first token is not an NTLM challenge.",
    "no-extended-security": "It does not offer NTLMv2 session security.",
    "no-sealing": "It does not offer to seal messages, and without TLS they would be readable on the way.",
    "weak-sealing":
      "It does not offer to seal messages with a key of 128 bits, and without TLS they could be read on the way.",
  };
  return failure("auth", "communicator/winrm-ntlm", `${formatWsmanUrl(endpoint)} does not speak NTLM as it is needed`, {
    detail: details[problem],
    hint: "Use winrm_use_ssl, or Basic on a network that you trust.",
  });
}

/** What answered is something else than WinRM. */
export function explainNotWsman(endpoint: HttpEndpoint, reply: HttpReply): BuildError {
  const type = reply.contentType.split(";")[0]?.trim() || "no content type";
  const page = /^<!doctype html|<html[\s>]/i.test(reply.body.toString("utf8", 0, 500).trim());
  const title = page ? /<title[^>]*>([^<]{1,80})/i.exec(reply.body.toString("utf8", 0, 4000))?.[1]?.trim() : undefined;
  const what = page ? `an HTML page${title ? ` titled "${title}"` : ""}` : type;
  return failure("network", "communicator/winrm-answer", `What answers at ${formatWsmanUrl(endpoint)} is not WinRM`, {
    detail: `It answered ${reply.status} with ${what}.`,
    hint: "Check winrm_host and winrm_port, and whether a proxy or another web server answers there (winrm_no_proxy).",
  });
}
