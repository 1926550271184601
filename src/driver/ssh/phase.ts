// Where a connection attempt stands, in the order things happen.

/** One step of connecting. A later step is only reached when the earlier ones worked. */
export type SshPhase =
  | { readonly phase: "resolving"; readonly host: string }
  | { readonly phase: "dialling"; readonly address: string }
  | { readonly phase: "proxy"; readonly address: string }
  | { readonly phase: "bastion"; readonly address: string }
  | { readonly phase: "tunnel"; readonly address: string }
  | { readonly phase: "banner"; readonly address: string; readonly answeredBy?: string | undefined }
  | { readonly phase: "key exchange"; readonly server: string }
  | { readonly phase: "host key"; readonly fingerprint: string }
  | { readonly phase: "authentication"; readonly offered: readonly string[]; readonly trying: string }
  | { readonly phase: "session" };

/** A phase in words, as the end of "waiting: …". */
export function describePhase(at: SshPhase): string {
  switch (at.phase) {
    case "resolving":
      return `looking up ${at.host}`;
    case "dialling":
      return `connecting to ${at.address}, which does not answer`;
    case "proxy":
      return `asking the proxy ${at.address} to connect`;
    case "bastion":
      return `asking the bastion ${at.address} to connect`;
    case "tunnel":
      return `opening a tunnel to ${at.address}`;
    case "banner":
      return at.answeredBy === undefined
        ? `connected to ${at.address}, waiting for its SSH banner`
        : `waiting for the machine to answer on its SSH port (${at.answeredBy} takes connections to ${at.address} in its place)`;
    case "key exchange":
      return `exchanging keys with ${at.server}`;
    case "host key":
      return `checking the host key ${at.fingerprint}`;
    case "authentication":
      return at.offered.length === 0
        ? `authenticating: ${at.trying}`
        : `authenticating: ${at.trying} (the server offers ${at.offered.join(", ")})`;
    case "session":
      return "authenticated, opening a session";
  }
}
