// The system of the small machine: busybox, OpenSSH's server, and the scripts in `root`, as a folder and as an initramfs.
import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./run.ts";

const SCRIPTS = fileURLToPath(new URL("root", import.meta.url));
const PROGRAMS = ["/usr/sbin/sshd", "/usr/bin/scp", "/usr/lib/openssh/sftp-server", "/usr/bin/extlinux"];

/** Fills `root`, where the modules are already. */
export function fillSystem(root: string): void {
  for (const name of ["bin", "dev", "proc", "sys", "target", "media", "tmp", "run", "root", "var/empty"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  const busybox = run("sh", ["-c", "command -v busybox"]).trim();
  cpSync(busybox, join(root, "bin/busybox"), { dereference: true });
  cpSync(SCRIPTS, root, { recursive: true });
  for (const script of [
    "init",
    "sbin/start",
    "sbin/answer",
    "sbin/set-password",
    "sbin/install-system",
    "usr/share/udhcpc/apply",
  ]) {
    chmodSync(join(root, script), 0o755);
  }
  chmodSync(join(root, "etc/shadow"), 0o600);
  for (const program of PROGRAMS) {
    copyProgram(program, root);
  }
  cpSync("/usr/lib/syslinux/mbr/mbr.bin", join(root, "usr/share/mbr.bin"));
  // Whatever this user's umask is: sshd trusts no folder that others may write to.
  run("chmod", ["-R", "go-w", root]);
  run("ssh-keygen", ["-q", "-N", "", "-t", "ed25519", "-C", "small", "-f", join(root, "etc/ssh/ssh_host_ed25519_key")]);
}

/** Packs the folder into an initramfs in which everything belongs to root. */
export function packSystem(root: string, initramfs: string): void {
  run("sh", ["-c", 'cd "$0" && find . | busybox cpio -o -H newc -R 0:0 | gzip -9 >"$1"', root, initramfs]);
}

function copyProgram(program: string, root: string): void {
  const libraries = run("ldd", [program]).matchAll(/(?:=> )?(\/\S+) \(0x/g);
  for (const path of [program, ...[...libraries].map(([, library = ""]) => library)]) {
    const target = join(root, path);
    if (existsSync(target)) {
      continue;
    }
    mkdirSync(dirname(target), { recursive: true });
    cpSync(realpathSync(path), target);
  }
}
