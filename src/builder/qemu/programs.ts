// The programs of a machine: QEMU itself and the emulated TPM beside it.
import type { Machine, Program } from "../../driver/qemu/machine.ts";
import { programKind } from "../../step/program.ts";

export const virtualMachine = programKind<Machine, "qemu-machine">("qemu-machine", "virtual machine");
export const tpm = programKind<Program, "qemu-tpm">("qemu-tpm", "TPM");
