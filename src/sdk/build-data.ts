// The values that every build has as `build.NAME`: one table for planning, running, hiding and comparing.
import { NO_CONNECTION } from "./communicator.ts";

/** One of them. */
export interface BuildValue {
  readonly type: "string" | "number" | "bool";
  /** False for what templates cannot name before anything runs. */
  readonly isPlanned?: boolean | undefined;
  /** Must not be seen. */
  readonly isSecret?: boolean | undefined;
  /** What it is until a builder or a connection says better; without it there is no value. */
  readonly initial?: string | number | boolean | undefined;
  /** What a template is given in place of a value that the builder does not have. The text is Packer's. */
  readonly absent?: string | undefined;
}

const values = {
  ID: { type: "string", absent: "ERR_ID_NOT_IMPLEMENTED_BY_BUILDER" },
  Host: { type: "string", initial: "" },
  Port: { type: "number", initial: 0 },
  User: { type: "string", initial: "" },
  Password: { type: "string", initial: "", isSecret: true },
  ConnType: { type: "string", initial: NO_CONNECTION },
  PackerRunUUID: { type: "string" },
  PackerHTTPPort: { type: "number", absent: "ERR_HTTP_PORT_NOT_IMPLEMENTED_BY_BUILDER" },
  PackerHTTPIP: { type: "string", absent: "ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER" },
  PackerHTTPAddr: { type: "string", absent: "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER" },
  SSHPublicKey: { type: "string", initial: "" },
  SSHPrivateKey: { type: "string", initial: "", isSecret: true },
  SSHPrivateKeyFile: { type: "string", initial: "", isPlanned: false },
  SSHAgentAuth: { type: "bool", initial: false, isPlanned: false },
  WinRMPassword: { type: "string", initial: "", isSecret: true },
} as const satisfies Readonly<Record<string, BuildValue>>;

/** The common values by their names. */
export const buildValues: Readonly<Record<string, BuildValue>> = Object.freeze(values);

/** Names that a template may use: the common ones, then those that its builder publishes. */
export function plannedNames(generates: readonly string[]): readonly string[] {
  const common = Object.keys(buildValues).filter((name) => buildValues[name]?.isPlanned !== false);
  return [...common, ...generates];
}

/** The type of a value; what builders publish of their own is text. */
export function typeOfBuildValue(name: string): BuildValue["type"] {
  return Object.hasOwn(buildValues, name) ? (buildValues[name]?.type ?? "string") : "string";
}

/** Texts for the names that have no value in `known`. */
export function absentTexts(known: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const absent = Object.entries(buildValues).flatMap(([name, value]) =>
    value.absent === undefined || Object.hasOwn(known, name) ? [] : [[name, value.absent] as const],
  );
  return Object.fromEntries(absent);
}
