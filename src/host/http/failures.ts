// What the operating system, TLS and HTTP say when a request fails, in words for the person who waits.
import { BuildError, failure, readMessage } from "../../diagnostic/build-error.ts";

const UNTRUSTED: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "It is signed by itself.",
  SELF_SIGNED_CERT_IN_CHAIN: "It is signed by an authority that this machine does not trust.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "It is signed by an authority that this machine does not know.",
  UNABLE_TO_GET_ISSUER_CERT: "It is signed by an authority that this machine does not know.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "It is signed by an authority that this machine does not know.",
  CERT_UNTRUSTED: "It is signed by an authority that this machine does not trust.",
};
const INVALID: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "It has expired.",
  CERT_NOT_YET_VALID: "It is not valid yet: check the clocks of both machines.",
  CERT_REVOKED: "It has been revoked.",
  INVALID_CA: "The authority that signed it may not sign others.",
  INVALID_PURPOSE: "It is not meant for servers.",
  CERT_SIGNATURE_FAILURE: "Its signature is wrong.",
};
const NOT_TLS = [
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_HTTP_REQUEST",
  "ERR_SSL_UNKNOWN_PROTOCOL",
];
const LOST = ["ECONNRESET", "EPIPE", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE", "HPE_INVALID_EOF_STATE"];

const TRUST_HINT =
  "If the authority is your company's, add its certificate to those of this machine, or name its file in SSL_CERT_FILE or NODE_EXTRA_CA_CERTS.";

/** Nobody answers a request for a connection. */
export function cannotConnect(address: string, host: string, thrown: unknown): BuildError {
  if (thrown instanceof BuildError) {
    return thrown;
  }
  const cause = findFirst(thrown);
  const more = { cause: thrown };
  switch (findCode(cause)) {
    case "ENOTFOUND":
    case "EAI_NONAME":
    case "EAI_NODATA":
      return failure("network", "http/name", `${host} cannot be resolved: there is no such name`, more);
    case "EAI_AGAIN":
      return failure("network", "http/connect", `${host} cannot be resolved: the name server does not answer`, more);
    case "ECONNREFUSED":
      return failure("network", "http/connect", `${address} refuses connections`, more);
    case "ETIMEDOUT":
      return failure("network", "http/connect", `${address} does not answer`, more);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EADDRNOTAVAIL":
      return failure("network", "http/connect", `${address} cannot be reached: there is no way to it`, more);
    default:
      return failure("network", "http/connect", `${address} cannot be reached: ${readMessage(cause)}`, more);
  }
}

/** TLS did not come about. */
export function cannotSecure(address: string, host: string, thrown: unknown): BuildError {
  if (thrown instanceof BuildError) {
    return thrown;
  }
  const code = findCode(thrown);
  const untrusted = UNTRUSTED[code];
  const summary = `The certificate of ${address} is not accepted`;
  if (untrusted !== undefined) {
    return failure("network", "http/certificate", summary, { detail: untrusted, hint: TRUST_HINT, cause: thrown });
  }
  const invalid = INVALID[code];
  if (invalid !== undefined) {
    return failure("network", "http/certificate", summary, { detail: invalid, cause: thrown });
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const detail = `It is for ${listNames(thrown) ?? "another name"}, not for ${host}.`;
    return failure("network", "http/certificate", summary, {
      detail,
      hint: "Use a name that the certificate has.",
      cause: thrown,
    });
  }
  if (NOT_TLS.includes(code)) {
    const hint = "Check the port, or begin the address with http:// instead of https://.";
    return failure("network", "http/tls", `${address} does not speak TLS`, { hint, cause: thrown });
  }
  if (LOST.includes(code) || readMessage(thrown).includes("before secure TLS")) {
    return failure("network", "http/dropped", `${address} closed the connection during the TLS handshake`, {
      cause: thrown,
    });
  }
  return failure("network", "http/tls", `TLS with ${address} failed: ${findReason(thrown)}`, { cause: thrown });
}

/** The connection ended before the answer did, or what came is not HTTP. */
export function describeBreak(address: string, thrown: unknown, isAnswered: boolean): BuildError {
  if (thrown instanceof BuildError) {
    return thrown;
  }
  const code = findCode(thrown);
  if (code === "HPE_HEADER_OVERFLOW") {
    return failure("network", "http/not-http", `${address} sent more headers than are read`, { cause: thrown });
  }
  if (code.startsWith("HPE_") && !LOST.includes(code)) {
    const hint = "Check the port, and whether the address should begin with https://.";
    return failure("network", "http/not-http", `What answers at ${address} is not HTTP`, { hint, cause: thrown });
  }
  if (/^Z_|^ERR_BROTLI|^ERR__ERROR/.test(code)) {
    return failure("network", "http/not-http", `${address} sent an answer that cannot be unpacked`, { cause: thrown });
  }
  const when = isAnswered ? "in the middle of its answer" : "before it answered";
  const detail = LOST.includes(code) || code === "" ? "" : `: ${findReason(thrown)}`;
  return failure("network", "http/dropped", `${address} closed the connection ${when}${detail}`, { cause: thrown });
}

/** An attempt at several addresses of a name fails with all of its failures. */
function findFirst(thrown: unknown): unknown {
  return thrown instanceof AggregateError && thrown.errors.length > 0 ? thrown.errors[0] : thrown;
}

function findCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}

/** OpenSSL's own messages name places in its source; what it was about stands in `reason`. */
function findReason(thrown: unknown): string {
  if (thrown instanceof Error && "reason" in thrown && typeof thrown.reason === "string") {
    return thrown.reason;
  }
  const text = readMessage(thrown);
  const [, reason] = /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/i.exec(text) ?? [];
  return reason ?? text;
}

function listNames(thrown: unknown): string | undefined {
  const { cert } = thrown as {
    readonly cert?: {
      readonly subjectaltname?: string | undefined;
      readonly subject?: { readonly CN?: string | undefined };
    };
  };
  return (cert?.subjectaltname ?? cert?.subject?.CN)?.replaceAll("DNS:", "").replaceAll("IP Address:", "");
}
