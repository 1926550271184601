// Which ways to authenticate are tried, in which order, and what the server said to each.
import type { Duplex } from "node:stream";
import type {
  AnyAuthMethod,
  AuthenticationType,
  AuthHandlerMiddleware,
  BaseAgent,
  ParsedKey,
  SignCallback,
  SigningRequestOptions,
} from "ssh2";
import type { Host } from "../../host/host.ts";
import { listIdentities, openAgent, signWithAgent } from "./agent.ts";
import { type Certificate, isCertificateType, parseCertificate } from "./certificate.ts";
import { loadSsh2 } from "./load.ts";
import { fingerprint, type PrivateKey } from "./private-key.ts";
import { WireReader } from "./wire.ts";

/** A private key to offer, with the certificate that goes with it. */
export interface KeyCredential {
  readonly key: PrivateKey;
  readonly certificate?: Certificate | undefined;
  /** Where it comes from, as a person knows it. */
  readonly origin: string;
}

/** Who to be and how to prove it. */
export interface Credentials {
  readonly username: string;
  /** Also the answer to every question of keyboard-interactive. */
  readonly password?: string | undefined;
  readonly keys?: readonly KeyCredential[] | undefined;
  /** Socket of an agent whose keys are offered first. */
  readonly agent?: string | undefined;
  /** Asks a person; used instead of the password for keyboard-interactive. */
  readonly ask?: ((question: string, secret: boolean) => Promise<string>) | undefined;
}

/** What was tried, in order. */
export interface AuthenticationRecord {
  /** What the server would accept; empty until it said so. */
  offered: readonly string[];
  readonly tried: string[];
  /** A method worked but the server wants another one on top. */
  partial: boolean;
  /** There is an agent, but it holds no key. */
  emptyAgent: boolean;
}

/** The library's handler, the agent to forward, and the certificates to put into requests. */
export interface Authentication {
  readonly handler: AuthHandlerMiddleware;
  readonly record: AuthenticationRecord;
  readonly certificates: WeakMap<object, Certificate>;
}

type Attempt = { readonly name: string; readonly kind: AuthenticationType; readonly method: AnyAuthMethod };

/** Prepares everything that authenticating needs. As Packer: agent, keys, then password and keyboard-interactive. */
export async function prepareAuthentication(
  host: Host,
  credentials: Credentials,
  onTrying: (record: AuthenticationRecord, name: string) => void,
): Promise<Authentication> {
  const certificates = new WeakMap<object, Certificate>();
  const record: AuthenticationRecord = { offered: [], tried: [], partial: false, emptyAgent: false };
  const attempts = await listAttempts(host, credentials, certificates, record);
  let asked = false;
  const handler: AuthHandlerMiddleware = (methodsLeft, partialSuccess, next) => {
    if (!asked) {
      // The first request only learns what the server offers, and gets in where nothing is asked.
      asked = true;
      return next({ type: "none", username: credentials.username });
    }
    if (Array.isArray(methodsLeft)) {
      record.offered = methodsLeft;
    }
    record.partial ||= partialSuccess === true;
    const attempt = takeNext(attempts, record.offered);
    // The library ends the attempt on `false`, which its types leave out.
    if (attempt === undefined) {
      return next(false as unknown as AuthenticationType);
    }
    record.tried.push(attempt.name);
    onTrying(record, attempt.name);
    next(attempt.method);
  };
  return { handler, record, certificates };
}

/** The next attempt the server may accept; what it does not offer is noted as skipped. */
function takeNext(attempts: Attempt[], offered: readonly string[]): Attempt | undefined {
  const at = attempts.findIndex(
    ({ kind }) => offered.length === 0 || offered.includes(kind === "agent" ? "publickey" : kind),
  );
  return at < 0 ? undefined : attempts.splice(at, 1)[0];
}

async function listAttempts(
  host: Host,
  credentials: Credentials,
  certificates: WeakMap<object, Certificate>,
  record: AuthenticationRecord,
): Promise<Attempt[]> {
  const { username, agent, keys = [] } = credentials;
  const attempts: Attempt[] = [];
  if (agent !== undefined) {
    const held = await listHeldKeys(host, agent, certificates);
    record.emptyAgent = held.length === 0;
    attempts.push({
      name: `the ${held.length === 1 ? "key" : `${held.length} keys`} of the SSH agent`,
      kind: "agent",
      method: { type: "agent", username, agent: await makeAgent(host, agent, held, certificates) },
    });
  }
  for (const credential of keys) {
    const parsed = await parseKey(credential.key.openssh);
    if (parsed !== undefined) {
      attempts.push(makeKeyAttempt(username, credential, parsed));
    }
    if (parsed !== undefined && credential.certificate !== undefined) {
      certificates.set(parsed, credential.certificate);
    }
  }
  return [...attempts, ...makePasswordAttempts(credentials)];
}

/** A key as the library has it; `undefined` for kinds it does not know, such as hardware keys, which cannot be offered. */
async function parseKey(key: string | Buffer): Promise<ParsedKey | undefined> {
  const ssh2 = await loadSsh2();
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) {
    return undefined;
  }
  return (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey;
}

function makeKeyAttempt(username: string, { key, certificate, origin }: KeyCredential, parsed: ParsedKey): Attempt {
  const what = certificate === undefined ? "key" : "certificate";
  return {
    name: `${what} ${key.type} ${fingerprint(key.publicBlob)} (${origin})`,
    kind: "publickey",
    // The library's types know only texts here, but a parsed key is taken as it is.
    method: { type: "publickey", username, key: parsed } as unknown as AnyAuthMethod,
  };
}

/** The password as such, and as the answer to whatever a server asks. */
function makePasswordAttempts({ username, password, ask }: Credentials): Attempt[] {
  const attempts: Attempt[] = [];
  const hasPassword = password !== undefined && password !== "";
  if (hasPassword) {
    attempts.push({ name: "password", kind: "password", method: { type: "password", username, password } });
  }
  const answerer = ask ?? (hasPassword ? () => Promise.resolve(password) : undefined);
  if (answerer !== undefined) {
    attempts.push({
      name: "keyboard-interactive",
      kind: "keyboard-interactive",
      method: {
        type: "keyboard-interactive",
        username,
        prompt: (...[, instructions, , prompts, finish]) =>
          void answerAll(instructions, prompts, answerer).then(finish, () => finish([])),
      },
    });
  }
  return attempts;
}

async function answerAll(
  instructions: string,
  prompts: readonly { prompt: string; echo?: boolean | undefined }[],
  answer: (question: string, secret: boolean) => Promise<string>,
): Promise<string[]> {
  const answers: string[] = [];
  for (const { prompt, echo } of prompts) {
    answers.push(await answer([instructions, prompt].filter(Boolean).join("\n"), echo !== true));
  }
  return answers;
}

async function listHeldKeys(
  host: Host,
  path: string,
  certificates: WeakMap<object, Certificate>,
): Promise<ParsedKey[]> {
  const keys: ParsedKey[] = [];
  for (const { blob } of await listIdentities(host.network, path)) {
    const certificate = isCertificateType(new WireReader(blob).text()) ? readCertificate(blob) : undefined;
    const key = await parseKey(certificate?.publicBlob ?? blob);
    if (key === undefined) {
      continue;
    }
    if (certificate !== undefined) {
      certificates.set(key, certificate);
    }
    keys.push(key);
  }
  return keys;
}

function readCertificate(blob: Buffer): Certificate | undefined {
  try {
    return parseCertificate(blob);
  } catch {
    return undefined;
  }
}

/** An agent as the library wants it: with the keys already asked for, or only to be forwarded. */
export async function makeAgent(
  host: Host,
  path: string,
  keys: readonly ParsedKey[],
  certificates: WeakMap<object, Certificate>,
): Promise<BaseAgent> {
  const { BaseAgent: Base } = await loadSsh2();
  class Agent extends Base<ParsedKey> {
    override getIdentities(done: (error: Error | undefined, keys?: ParsedKey[]) => void): void {
      done(undefined, [...keys]);
    }
    override sign(
      key: ParsedKey,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      done?: SignCallback,
    ): void {
      const callback = typeof options === "function" ? options : (done as SignCallback);
      const hash = typeof options === "function" ? undefined : options.hash;
      const blob = certificates.get(key)?.blob ?? key.getPublicSSH();
      signWithAgent(host.network, path, { blob, data, hash }).then(
        (signature) => callback(undefined, signature),
        (error) => callback(error as Error),
      );
    }
    override getStream(done: (error: Error | undefined, stream?: Duplex) => void): void {
      openAgent(host.network, path).then(
        (socket) => done(undefined, socket),
        (error) => done(error as Error),
      );
    }
  }
  return new Agent();
}
