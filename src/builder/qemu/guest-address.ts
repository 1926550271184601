// Where the machine can be reached once it runs.
import { readFile } from "node:fs/promises";
import { failure } from "../../diagnostic/build-error.ts";
import type { Qmp } from "../../driver/qemu/qmp.ts";

const TABLE = "/proc/net/arp";

/** The address of the machine's first network card, as QEMU knows it: the user may have chosen it. */
export async function cardAddress(qmp: Qmp): Promise<string> {
  const said = await qmp.execute("human-monitor-command", { "command-line": "info network" });
  const mac = /macaddr=([0-9a-f:]{17})/i.exec(String(said))?.[1];
  if (mac === undefined)
    throw failure("environment", "qemu/guest-address", "The machine has no network card", {
      detail: String(said),
      hint: 'Check "qemuargs".',
    });
  return mac.toLowerCase();
}

/** The IP address that this machine has heard from the card with the address `mac`; throws while it has not heard from it. */
export async function addressOnBridge(mac: string): Promise<string> {
  const [, ...lines] = (await readFile(TABLE, "utf8")).split("\n");
  for (const line of lines) {
    const [ip = "", , flags = "", heard = ""] = line.split(/\s+/);
    if (heard.toLowerCase() === mac && Number(flags) !== 0) return ip;
  }
  throw failure(
    "network",
    "qemu/guest-address",
    `The machine's address is not known: nobody with the card ${mac} was heard on the bridge`,
    {
      hint: 'When something else than this machine gives out addresses, set "ssh_host" or "winrm_host".',
    },
  );
}
