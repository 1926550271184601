// The programs of a machine: QEMU itself and the emulated TPM beside it.
import type { Machine, Program } from "../../driver/qemu/machine.ts";
import { defineProgram } from "../../step/program.ts";

export const virtualMachine = defineProgram<Machine, "qemu-machine">("qemu-machine", "virtual machine");
export const tpm = defineProgram<Program, "qemu-tpm">("qemu-tpm", "TPM");
