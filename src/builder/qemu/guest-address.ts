// Where a machine on a bridge can be reached.
import { readFile } from "node:fs/promises";
import { failure } from "../../diagnostic/build-error.ts";
import { findHeardAddress } from "../../driver/qemu/heard-address.ts";
import type { Qmp } from "../../driver/qemu/qmp.ts";
import { DUMP } from "./machine-switches.ts";
import type { MachineWatch } from "./watch.ts";

/** Addresses that this machine has talked to lately. */
const TALKED_TO = "/proc/net/arp";

/** The address of the machine's first network card, as QEMU knows it: the user may have chosen it. */
export async function readCardAddress(qmp: Qmp): Promise<string> {
  const said = await qmp.execute("human-monitor-command", { "command-line": "info network" });
  const mac = /macaddr=([0-9a-f:]{17})/i.exec(String(said))?.[1];
  if (mac === undefined) {
    throw failure("environment", "qemu/guest-address", "The machine has no network card", {
      detail: String(said),
      hint: 'Check "qemuargs".',
    });
  }
  return mac.toLowerCase();
}

/** How to find the IP address of a card. */
export interface BridgedCard {
  readonly mac: string;
  /** What QEMU writes down of what it hears; nothing is written any more once the address is known. */
  readonly dump: string;
}

/** Gives the address each time anew; throws while it is not known yet. */
export function findBridgedAddress({ mac, dump }: BridgedCard, watch: MachineWatch): () => Promise<string> {
  let heard: string | undefined;
  return async () => {
    const talked = await findTalkedTo(mac);
    if (talked !== undefined) {
      return talked;
    }
    heard ??= findHeardAddress(await readFile(dump).catch(() => Buffer.alloc(0)), mac);
    if (heard === undefined) {
      throw notHeard(mac);
    }
    await stopListening(watch);
    return heard;
  };
}

async function findTalkedTo(mac: string): Promise<string | undefined> {
  const [, ...lines] = (await readFile(TALKED_TO, "utf8")).split("\n");
  for (const line of lines) {
    const [ip, , flags = "", card = ""] = line.split(/\s+/);
    if (card.toLowerCase() === mac && Number(flags) !== 0) {
      return ip;
    }
  }
  return undefined;
}

/** The dump would otherwise grow with all that the machine sends and receives. */
async function stopListening(watch: MachineWatch): Promise<void> {
  try {
    await (await watch.control()).execute("object-del", { id: DUMP });
  } catch {
    // It has stopped already, or the machine is gone, which is told elsewhere.
  }
}

function notHeard(mac: string): Error {
  return failure(
    "network",
    "qemu/guest-address",
    `The machine's address is not known: nothing was heard of an address of its card ${mac}`,
    {
      hint: 'Does anybody give out addresses on the bridge? If the machine has a fixed one, set "ssh_host" or "winrm_host".',
    },
  );
}
