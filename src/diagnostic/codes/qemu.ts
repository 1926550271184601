// Codes for virtual machines that QEMU runs.
export const qemuCodes = {
  "qemu/output-exists": "The folder for the result is there already.",
  "qemu/disk-image": "The program qemu-img could not make, copy or change a disk.",
  "qemu/unfinished-disk": "The machine was built, but its disk could not be written anew; it stays as it was.",
  "qemu/not-started": "QEMU ended right after it was started.",
  "qemu/ended": "The machine ended before it was told to.",
  "qemu/stands-still":
    "The machine does not go on: QEMU has stopped it, mostly because its disk could not be written to.",
  "qemu/shutdown": "The machine did not shut down in time.",
  "qemu/no-port": "No port of this machine is free in the range given.",
  "qemu/control": "QEMU's control socket cannot be used.",
  "qemu/guest-address": "The machine's address on its network is not known.",
  "qemu/firmware": "The EFI firmware's files cannot be used.",
  "qemu/tpm": "The emulated TPM did not start.",
} as const;
