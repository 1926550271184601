// The line with which a plugin introduces itself: `5|0|unix|/tmp/packer-plugin1`.
import { failure } from "../../diagnostic/build-error.ts";

/** Where a plugin listens. */
export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

/** The generation of the protocol, and what was added to it since. */
const MAJOR = "5";
const MINOR = "0";

/** Reads the line. Throws `BuildError` when it is none, or one of another generation. */
export function readHandshake(line: string, title: string): Address {
  const fields = line.trim().split("|");
  const [major, minor, network = "", ...rest] = fields;
  if (fields.length === 3 && /^[0-9]+$/.test(major ?? "")) {
    throw failure("environment", "plugin/protocol", `The plugin ${title} is too old`, {
      detail: `It introduced itself as "${line.trim()}", which is how plugins for Packer 1.6 and older do.`,
      hint: "Use a newer version of the plugin.",
    });
  }
  if (fields.length < 4 || !/^[0-9]+$/.test(major ?? "")) {
    throw failure("environment", "plugin/handshake", `The plugin ${title} did not introduce itself as plugins do`, {
      detail: `Its first line is "${line.trim().slice(0, 200)}". Nothing else may be printed before the introduction.`,
      hint: "Check that the file is a Packer plugin, and that it prints nothing when it starts.",
    });
  }
  if (major !== MAJOR || minor !== MINOR) {
    throw failure("environment", "plugin/protocol", `The plugin ${title} speaks protocol ${major}.${minor}`, {
      detail: `Protocol ${MAJOR}.${MINOR} is spoken here.`,
      hint:
        major === MAJOR
          ? "Use an older version of the plugin."
          : "Use a version of the plugin for Packer 1.7 or newer.",
    });
  }
  return readAddress(network, rest.join("|"), title);
}

function readAddress(network: string, address: string, title: string): Address {
  if (network === "unix") {
    return { path: address };
  }
  const colon = address.lastIndexOf(":");
  const port = Number(address.slice(colon + 1));
  if (network !== "tcp" || colon === -1 || !Number.isInteger(port)) {
    throw failure("environment", "plugin/handshake", `The plugin ${title} listens at an address of an unknown kind`, {
      detail: `It says "${network}" and "${address}"; "unix" with a path or "tcp" with a host and a port is expected.`,
    });
  }
  return { host: address.slice(0, colon), port };
}
