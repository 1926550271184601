// A machine on a bridge: nothing leads from a port of this machine to it, so its address has to be found out.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { needs } from "../needs.ts";
import { cliPath } from "../packer-ts.ts";
import { needsNamespaces } from "../servers/ssh-network.ts";
import { vmInstaller } from "../servers/vm-installer.ts";
import { fromDisk, placeFor, remains } from "./qemu-build.ts";

/** A world with a bridge on which somebody gives out addresses; it ends with the command that runs in it. */
const WORLD = `set -e
cp -a /etc "$1/etc"
mount --bind "$1/etc" /etc
mkdir -p /etc/qemu
echo "allow packerbr0" >/etc/qemu/bridge.conf
ip link set lo up
ip link add packerbr0 type bridge
ip addr add 192.168.77.1/24 dev packerbr0
ip link set packerbr0 up
printf 'start 192.168.77.10\\nend 192.168.77.50\\ninterface packerbr0\\nlease_file %s/leases\\npidfile %s/pid\\nopt subnet 255.255.255.0\\n' "$1" "$1" >"$1/udhcpd.conf"
: >"$1/leases"
busybox udhcpd -f "$1/udhcpd.conf" >/dev/null 2>&1 &
served=$!
trap 'kill $served; wait $served' EXIT
shift
"$@"
`;

describe("e2e/qemu on a bridge", () => {
  it("finds out which address the machine was given", { timeout: 300_000 }, (t) => {
    if (!needsNamespaces(t) || !needs(t, "unshare", "busybox", "/usr/lib/qemu/qemu-bridge-helper")) {
      return;
    }
    const vm = vmInstaller(t);
    if (vm === undefined) {
      return;
    }
    const provisioners = [{ type: "shell", inline: ["ip addr show eth0"] }];
    const place = placeFor(t, {
      "t.json": { builders: [fromDisk(vm, { net_bridge: "packerbr0" })], provisioners },
      "world/sh": WORLD,
    });
    const command = [
      "unshare",
      "-m",
      "-n",
      "sh",
      "world/sh",
      "world",
      process.execPath,
      cliPath,
      "build",
      "-color=false",
      "t.json",
    ];
    const [program = "", ...args] = command;
    const { status, stdout } = spawnSync(program, args, {
      cwd: place.folder,
      env: { ...process.env, ...place.env },
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout);
    assert.match(stdout, / {4}qemu: +inet 192\.168\.77\.\d+\/24 /);
    assert.doesNotMatch(stdout, /Found port for communicator/);
    assert.deepEqual(remains(place), ["made"]);
  });
});
