// Options that templates of earlier years have, and what to write today. What Packer's `fix` did with them is said instead.
import type { RawMap, RawValue } from "./raw-value.ts";

/** What stands for an option today. */
export interface Rewrite {
  /** The option that took its place; none when it is to be left out. */
  readonly instead: string | undefined;
  /** In a sentence. */
  readonly hint: string;
}

interface Removed {
  readonly instead: string | undefined;
  /** The new option's value for the template at hand; `undefined` when it cannot be told. */
  value?(text: (name: string) => string | undefined): string | undefined;
}

const CHECKSUM: Removed = { instead: "iso_checksum", value: writeChecksum };
const REMOVED: Readonly<Record<string, Removed>> = {
  iso_checksum_type: CHECKSUM,
  iso_checksum_url: CHECKSUM,
  iso_md5: { instead: "iso_checksum", value: (text) => addPrefix("md5:", text("iso_md5")) },
  ssh_key_path: { instead: "ssh_private_key_file", value: (text) => text("ssh_key_path") },
  ssh_disable_agent: { instead: "ssh_disable_agent_forwarding", value: (text) => text("ssh_disable_agent") },
  ssh_private_ip: {
    instead: "ssh_interface",
    value: (text) => (text("ssh_private_ip") === "true" ? "private_ip" : "public_ip"),
  },
  shutdown_behaviour: { instead: "shutdown_behavior", value: (text) => text("shutdown_behaviour") },
  enhanced_networking: { instead: "ena_support", value: (text) => text("enhanced_networking") },
  temporary_security_group_source_cidr: { instead: "temporary_security_group_source_cidrs" },
  spot_price_auto_product: { instead: undefined },
  login_email: { instead: undefined },
  galaxycommand: { instead: "galaxy_command", value: (text) => text("galaxycommand") },
};

/** What to write instead of a removed option; `undefined` when it is none, or when what took its place is not an option here. */
export function findRewrite(name: string, body: RawMap, isOption: (name: string) => boolean): Rewrite | undefined {
  const removed = Object.hasOwn(REMOVED, name) ? REMOVED[name] : undefined;
  if (removed === undefined || (removed.instead !== undefined && !isOption(removed.instead))) {
    return undefined;
  }
  const { instead } = removed;
  if (instead === undefined) {
    return { instead, hint: `"${name}" was removed from Packer, and nothing took its place: leave it out.` };
  }
  const value = removed.value?.((each) => readText(body, each));
  if (value === undefined) {
    return { instead, hint: `"${name}" was removed from Packer: write "${instead}" instead.` };
  }
  const line = isHcl(body) ? `${instead} = ${JSON.stringify(value)}` : `"${instead}": ${JSON.stringify(value)}`;
  return { instead, hint: `"${name}" was removed from Packer: write ${line} instead.` };
}

/** As the two options were read: the file with checksums comes first, and `none` needs nothing else. */
function writeChecksum(text: (name: string) => string | undefined): string | undefined {
  const [type, url, digits] = ["iso_checksum_type", "iso_checksum_url", "iso_checksum"].map(text);
  if (type?.toLowerCase() === "none") {
    return "none";
  }
  if (url) {
    return `file:${url}`;
  }
  return type && digits && !digits.includes(":") ? `${type.toLowerCase()}:${digits}` : digits;
}

function addPrefix(prefix: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `${prefix}${text}`;
}

/** What the template says, before anything is filled in. */
function readText(body: RawMap, name: string): string | undefined {
  const value: RawValue | undefined = body.entries.find(({ key }) => key === name)?.value;
  if (value?.is === "bool") {
    return String(value.value);
  }
  return value?.is === "string" || value?.is === "number" ? value.text : undefined;
}

function isHcl(body: RawMap): boolean {
  return body.range()?.filename.endsWith(".hcl") ?? false;
}
