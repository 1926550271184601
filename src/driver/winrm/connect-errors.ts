// What the operating system, TLS and HTTP say when a connection fails, in words for the person who waits.
import { BuildError, failure, readErrorCode, readMessage } from "../../diagnostic/build-error.ts";
import type { HttpEndpoint } from "./endpoint.ts";

/** The address that was tried, as a person reads it. */
function formatAddress(endpoint: HttpEndpoint): string {
  return `${endpoint.host}:${endpoint.port}`;
}

/** TCP did not come about. */
export function explainConnect(endpoint: HttpEndpoint, thrown: unknown): BuildError {
  if (endpoint.proxy !== undefined) {
    return explainProxy(endpoint, endpoint.proxy, thrown);
  }
  const cause = { cause: thrown };
  switch (readErrorCode(thrown)) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_NONAME":
      return failure("network", "communicator/winrm-resolve", `The name ${endpoint.host} cannot be resolved`, {
        ...cause,
        hint: "Check winrm_host, or use an IP address.",
      });
    case "ECONNREFUSED":
      return failure("network", "communicator/winrm-refused", `${formatAddress(endpoint)} refuses connections`, {
        ...cause,
        detail: "The machine is there, but nothing listens on this port (yet).",
        hint: 'Check that WinRM is enabled ("winrm quickconfig -q"), that a listener exists for this port and that winrm_port fits it.',
      });
    default:
      return failure("network", "communicator/winrm-unreachable", `${formatAddress(endpoint)} cannot be reached`, {
        ...cause,
        detail: readMessage(thrown),
        hint: "Check the address, the route, and the firewalls on the way and on the machine.",
      });
  }
}

function explainProxy(endpoint: HttpEndpoint, proxy: { host: string; port: number }, thrown: unknown): BuildError {
  return failure(
    "network",
    "communicator/winrm-proxy",
    `The proxy ${proxy.host}:${proxy.port} on the way to ${formatAddress(endpoint)} cannot be reached`,
    {
      detail: readMessage(thrown),
      hint: "Set winrm_no_proxy if the machine can be reached directly.",
      cause: thrown,
    },
  );
}

/** The builder's own way to the machine did not come about. */
export function reportNoTunnel(endpoint: HttpEndpoint, thrown: unknown): BuildError {
  if (thrown instanceof BuildError) {
    return thrown;
  }
  return failure("network", "communicator/tunnel", `The tunnel to ${formatAddress(endpoint)} could not be opened`, {
    detail: readMessage(thrown),
    cause: thrown,
  });
}

/** The proxy did not lead on to the machine. */
export function explainTunnel(endpoint: HttpEndpoint, thrown: unknown): BuildError {
  const [said] = thrown instanceof BuildError ? thrown.diagnostics : [];
  if (said !== undefined && said.code !== "http/proxy") {
    return thrown as BuildError;
  }
  return failure(
    "network",
    "communicator/winrm-proxy",
    `The proxy on the way to ${formatAddress(endpoint)} would not connect to it`,
    {
      detail: said?.detail ?? readMessage(thrown),
      hint: "Set winrm_no_proxy, or allow the proxy to connect to this port.",
      cause: thrown,
    },
  );
}

const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: "Its certificate is self-signed.",
  SELF_SIGNED_CERT_IN_CHAIN: "Its certificate is signed by an authority that this machine does not trust.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "Its certificate is signed by an authority that this machine does not know.",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "Its certificate is signed by an authority that this machine does not know.",
  CERT_HAS_EXPIRED: "Its certificate has expired.",
  CERT_NOT_YET_VALID: "Its certificate is not valid yet: check the clocks of both machines.",
};

const NOT_TLS: ReadonlySet<string> = new Set([
  "ERR_SSL_WRONG_VERSION_NUMBER",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_HTTP_REQUEST",
]);

/** TLS did not come about. */
export function explainTls(endpoint: HttpEndpoint, thrown: unknown): BuildError {
  const code = readErrorCode(thrown);
  const known = CERTIFICATE_PROBLEMS[code];
  if (known !== undefined) {
    return describeTlsFailure(endpoint, thrown, known, "Set winrm_insecure to accept it, or trust it on this machine.");
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const hint = "Set winrm_host to a name in the certificate, or winrm_insecure to accept it.";
    return describeTlsFailure(
      endpoint,
      thrown,
      `Its certificate is for another name: ${listNames(thrown) ?? readMessage(thrown)}`,
      hint,
    );
  }
  if (NOT_TLS.has(code)) {
    return describeTlsFailure(
      endpoint,
      thrown,
      "What answers there does not speak TLS.",
      "Unset winrm_use_ssl, or set winrm_port to the HTTPS listener's port.",
    );
  }
  if (code === "ECONNRESET" || code === "EPIPE") {
    const hint =
      "Check that the HTTPS listener has a certificate with a private key, and that both sides share a TLS version.";
    return describeTlsFailure(endpoint, thrown, "It closed the connection during the TLS handshake.", hint);
  }
  return describeTlsFailure(
    endpoint,
    thrown,
    readMessage(thrown),
    "Check the machine's HTTPS listener and its certificate.",
  );
}

/** The names in the certificate: of an address that is not among them, TLS itself does not say them. */
function listNames(thrown: unknown): string | undefined {
  const { cert } = thrown as {
    readonly cert?: {
      readonly subjectaltname?: string | undefined;
      readonly subject?: { readonly CN?: string | undefined };
    };
  };
  return cert?.subjectaltname ?? cert?.subject?.CN;
}

function describeTlsFailure(endpoint: HttpEndpoint, cause: unknown, detail: string, hint: string): BuildError {
  return failure("network", "communicator/winrm-tls", `TLS with ${formatAddress(endpoint)} failed`, {
    detail,
    hint,
    cause,
  });
}

/** The connection ended while an answer was due, or what came is not HTTP. */
export function explainDropped(endpoint: HttpEndpoint, thrown: unknown): BuildError {
  if (readErrorCode(thrown).startsWith("HPE_") && readErrorCode(thrown) !== "HPE_INVALID_EOF_STATE") {
    return failure("network", "communicator/winrm-answer", `What answers on ${formatAddress(endpoint)} is not HTTP`, {
      hint: endpoint.tls
        ? "Check that winrm_port names a WinRM listener."
        : "Check that winrm_port names an HTTP listener; for an HTTPS listener set winrm_use_ssl.",
      cause: thrown,
    });
  }
  return failure(
    "network",
    "communicator/winrm-dropped",
    `${formatAddress(endpoint)} closed the connection before it answered`,
    {
      detail: readMessage(thrown),
      cause: thrown,
    },
  );
}
