// What templates can ask of a build with `build.NAME`, as far as it is known.
import type { GeneratedData } from "../sdk/artifact.ts";

/** Values of the names that every build has, before a builder or a connection gave better ones. */
export function initialData(runUuid: string): GeneratedData {
  return {
    ID: "ERR_ID_NOT_IMPLEMENTED_BY_BUILDER",
    Host: "",
    Port: 0,
    User: "",
    Password: "",
    ConnType: "none",
    PackerRunUUID: runUuid,
    PackerHTTPAddr: "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER",
    PackerHTTPIP: "ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER",
    PackerHTTPPort: "ERR_HTTP_PORT_NOT_IMPLEMENTED_BY_BUILDER",
    SSHPublicKey: "",
    SSHPrivateKey: "",
    SSHPrivateKeyFile: "",
    SSHAgentAuth: false,
    WinRMPassword: "",
  };
}

const SECRET = ["Password", "SSHPrivateKey", "WinRMPassword"] as const;

/** The values among them that must not be seen. */
export function secretsIn(data: GeneratedData): string[] {
  return SECRET.map((name) => data[name]).filter((value) => typeof value === "string");
}
