// How the test machine decides who is speaking: Basic and the accepting side of NTLMv2 ([MS-NLMP] section 3.2.5).
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { hashChannelBindings } from "../../src/driver/winrm/ntlm/channel-bindings.ts";
import { toFileTime } from "../../src/driver/winrm/ntlm/client.ts";
import { derivePasswordKey, hmacMd5 } from "../../src/driver/winrm/ntlm/keys.ts";
import {
  AV,
  AV_FLAG_MIC,
  decodeAuthenticate,
  decodeAvPairs,
  encodeChallenge,
  MIC_OFFSET,
  NTLM_FLAGS,
} from "../../src/driver/winrm/ntlm/messages.ts";
import { rc4 } from "../../src/driver/winrm/ntlm/rc4.ts";
import { openSealingSession, type SealingSession } from "../../src/driver/winrm/ntlm/session.ts";

export type Scheme = "Basic" | "Negotiate" | "NTLM" | "Kerberos";

export interface AuthSettings {
  /** Names to passwords; names may be `DOMAIN\user`. */
  readonly users: Readonly<Record<string, string>>;
  readonly schemes: readonly Scheme[];
  /** The TLS certificate in DER; channel bindings must fit it. */
  readonly certificate?: Buffer | undefined;
  /** Refuse NTLM over TLS without channel bindings, as with CbtHardeningLevel=Strict. */
  readonly strictBindings: boolean;
  /** Flags that the machine does not offer. */
  readonly withoutFlags: number;
}

export type Verdict =
  | { readonly is: "accepted"; readonly user: string }
  | { readonly is: "refused"; readonly challenges: readonly string[] };

/** Authentication of one connection: NTLM has a state, Basic none. */
export class ConnectionAuth {
  user: string | undefined;
  session: SealingSession | undefined;
  readonly #settings: AuthSettings;
  #negotiate: Buffer = Buffer.alloc(0);
  #challenge: Buffer = Buffer.alloc(0);
  #serverChallenge: Buffer = Buffer.alloc(0);

  constructor(settings: AuthSettings) {
    this.#settings = settings;
  }

  check(request: IncomingMessage): Verdict {
    const [scheme = "", value = ""] = (request.headers.authorization ?? "").split(" ");
    if (scheme === "" && this.user !== undefined) {
      return { is: "accepted", user: this.user };
    }
    const known = this.#settings.schemes.find((offered) => offered.toLowerCase() === scheme.toLowerCase());
    const token = Buffer.from(value, "base64");
    if (known === "Basic") {
      return this.#checkBasic(token.toString("utf8"));
    }
    if (known === "Negotiate" || known === "NTLM") {
      return this.#checkNtlm(known, token);
    }
    return this.#refused();
  }

  #refused(): Verdict {
    return {
      is: "refused",
      challenges: this.#settings.schemes.map((scheme) => (scheme === "Basic" ? 'Basic realm="WSMAN"' : scheme)),
    };
  }

  #checkBasic(credentials: string): Verdict {
    const colon = credentials.indexOf(":");
    const user = credentials.slice(0, colon);
    return this.#settings.users[user] === credentials.slice(colon + 1) ? { is: "accepted", user } : this.#refused();
  }

  #checkNtlm(scheme: Scheme, token: Buffer): Verdict {
    if (token.length < 16 || token.toString("latin1", 0, 7) !== "NTLMSSP") {
      return this.#refused();
    }
    if (token.readUInt32LE(8) === 1) {
      this.#begin(token);
      return { is: "refused", challenges: [`${scheme} ${this.#challenge.toString("base64")}`] };
    }
    const user = token.readUInt32LE(8) === 3 ? this.#finish(token) : undefined;
    if (user === undefined) {
      return this.#refused();
    }
    this.user = user;
    return { is: "accepted", user };
  }

  #begin(token: Buffer): void {
    this.#negotiate = Buffer.from(token);
    this.#serverChallenge = randomBytes(8);
    const requested = token.readUInt32LE(12);
    const flags = (requested | NTLM_FLAGS.targetInfo | NTLM_FLAGS.targetTypeServer) & ~this.#settings.withoutFlags;
    const targetInfo = new Map([
      [AV.domainName, Buffer.from("WINBOX", "utf16le")],
      [AV.computerName, Buffer.from("WINBOX", "utf16le")],
      [AV.timestamp, toFileTime(Date.now())],
    ]);
    this.#challenge = encodeChallenge(
      { flags: flags >>> 0, serverChallenge: this.#serverChallenge, targetInfo },
      "WINBOX",
    );
  }

  #finish(token: Buffer): string | undefined {
    const message = decodeAuthenticate(token);
    if (message === undefined || message.ntResponse.length < 44) {
      return undefined;
    }
    const name = message.domain === "" ? message.user : `${message.domain}\\${message.user}`;
    const known = [name, message.user].find((candidate) => Object.hasOwn(this.#settings.users, candidate));
    const password = known === undefined ? undefined : this.#settings.users[known];
    if (known === undefined || password === undefined) {
      return undefined;
    }
    const key = derivePasswordKey(message.user, password, message.domain);
    const [proof, temp] = [message.ntResponse.subarray(0, 16), message.ntResponse.subarray(16)];
    if (!hmacMd5(key, this.#serverChallenge, temp).equals(proof)) {
      return undefined;
    }
    const base = hmacMd5(key, proof);
    const exported = message.flags & NTLM_FLAGS.keyExchange ? rc4(base)(message.encryptedSessionKey) : base;
    if (!this.#pairsFit(token, temp.subarray(28), exported)) {
      return undefined;
    }
    this.session = openSealingSession(exported, message.flags, "server-to-client");
    return known;
  }

  #pairsFit(token: Buffer, info: Buffer, exported: Buffer): boolean {
    const pairs = decodeAvPairs(info);
    if (pairs === undefined) {
      return false;
    }
    if ((pairs.get(AV.flags)?.readUInt32LE() ?? 0) & AV_FLAG_MIC) {
      const bare = Buffer.from(token);
      bare.fill(0, MIC_OFFSET, MIC_OFFSET + 16);
      const mic = hmacMd5(exported, this.#negotiate, this.#challenge, bare);
      if (!mic.equals(token.subarray(MIC_OFFSET, MIC_OFFSET + 16))) {
        return false;
      }
    }
    if (this.#settings.certificate === undefined) {
      return true;
    }
    const bindings = pairs.get(AV.channelBindings);
    if (bindings === undefined || bindings.every((byte) => byte === 0)) {
      return !this.#settings.strictBindings;
    }
    return bindings.equals(hashChannelBindings(this.#settings.certificate));
  }
}
