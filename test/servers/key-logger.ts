// A virtual machine that writes every code its keyboard controller gives to its serial port, as two hex digits, until F12 turns it off.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { needs } from "../needs.ts";
import { freePort } from "./listen.ts";

/*
 * The program in the boot sector, for `as --32` and `ld -m elf_i386 -Ttext 0x7c00 --oformat binary`:
 *
 *           .code16
 *           cli
 *           xor  %ax, %ax
 *           mov  %ax, %ds
 *           mov  %ax, %ss
 *           mov  $0x7c00, %sp
 *           movw $keyboard, 0x24        # interrupt 9 is the keyboard's
 *           mov  %ax, 0x26
 *           mov  $0xfd, %al             # and no other one comes through
 *           out  %al, $0x21
 *   drain:  in   $0x64, %al
 *           test $1, %al
 *           jz   ready
 *           in   $0x60, %al
 *           jmp  drain
 *   ready:  mov  $'>', %al              # keys may come
 *           call put
 *   idle:   sti
 *           hlt
 *           jmp  idle
 *   keyboard:
 *           in   $0x64, %al
 *           test $1, %al
 *           jz   done
 *           in   $0x60, %al
 *           mov  %al, %bl
 *           shr  $4, %al
 *           call digit
 *           mov  %bl, %al
 *           and  $15, %al
 *           call digit
 *           cmp  $0xd8, %bl
 *           jne  keyboard
 *           mov  $0x604, %dx            # F12 was released: power off
 *           mov  $0x2000, %ax
 *           out  %ax, %dx
 *           jmp  keyboard
 *   done:   mov  $0x20, %al
 *           out  %al, $0x20
 *           iret
 *   digit:  add  $'0', %al
 *           cmp  $'9', %al
 *           jbe  put
 *           add  $39, %al
 *   put:    mov  %al, %ah
 *           mov  $0x3fd, %dx
 *   wait:   in   %dx, %al
 *           test $0x20, %al
 *           jz   wait
 *           mov  %ah, %al
 *           mov  $0x3f8, %dx
 *           out  %al, %dx
 *           ret
 */
const PROGRAM =
  "+jHAjtiO0LwAfMcGJAAqfKMmALD95iHkZKgBdATkYOv2sD7oNgD79Ov85GSoAXQf5GCIw8DoBOgaAIjYJA/oEwCA+9h15LoEBrgAIO/r27Ag5iDPBDA8OXYCBCeIxLr9A+yoIHT7iOC6+APuwwAAAA==";

/** The disk that such a machine starts from. */
export function keyLoggerDisk(): Uint8Array {
  const disk = Buffer.alloc(1024 * 1024);
  Buffer.from(PROGRAM, "base64").copy(disk);
  disk.writeUInt16BE(0x55aa, 510);
  return disk;
}

/**
 * How QEMU computes for such a machine. Not KVM, which emulates the first moments of a PC slowly where it runs inside
 * another virtual machine.
 */
export const keyLoggerAccelerator = "tcg";

export interface KeyLogger {
  /** Where its VNC server listens. */
  readonly port: number;
  /** The codes of everything typed, once F12 has turned it off. */
  typed(): Promise<string>;
}

/** Starts one that ends with the test; `undefined` when the test was skipped for want of QEMU. */
export async function startKeyLogger(
  t: TestContext,
  options: { readonly password?: string | undefined } = {},
): Promise<KeyLogger | undefined> {
  if (!needs(t, "qemu-system-x86_64")) {
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "key-logger-"));
  const [disk, serial, secret] = ["disk.raw", "serial", "secret"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(disk, keyLoggerDisk());
  writeFileSync(secret, options.password ?? "");
  const port = await freePort();
  const guarded = options.password === undefined ? "" : ",password-secret=secret";
  const args = [
    ...["-machine", `accel=${keyLoggerAccelerator}`, "-m", "32", "-display", "none", "-nodefaults", "-vga", "std"],
    ...["-drive", `file=${disk},format=raw`, "-serial", `file:${serial}`],
    ...["-object", `secret,id=secret,file=${secret}`, "-vnc", `127.0.0.1:${port - 5900}${guarded}`],
  ];
  const machine = spawn("qemu-system-x86_64", args, { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  machine.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => machine.once("close", () => resolve()));
  t.after(async () => {
    machine.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  while (!readIfThere(serial).startsWith(">")) {
    if (machine.exitCode !== null) {
      throw new Error(`QEMU ended: ${complaint}`);
    }
    await sleep(10);
  }
  return { port, typed: () => ended.then(() => loggedCodes(readFileSync(serial, "latin1"))) };
}

/** The codes in what such a machine wrote to its serial port. */
export function loggedCodes(serial: string): string {
  const [before, codes = ""] = serial.split(">");
  if (before !== "") {
    throw new Error(`Before the machine was ready, it wrote ${JSON.stringify(serial)}`);
  }
  return codes;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** The rows of a US keyboard by the code of their first key: alone, and with shift. */
const rows: readonly (readonly [first: number, plain: string, shifted: string])[] = [
  [0x02, "1234567890-=", "!@#$%^&*()_+"],
  [0x10, "qwertyuiop[]\n", "QWERTYUIOP{}\n"],
  [0x1e, "asdfghjkl;'`", 'ASDFGHJKL:"~'],
  [0x2b, "\\zxcvbnm,./", "|ZXCVBNM<>?"],
  [0x39, " ", " "],
];

/** The text that codes stand for on a US keyboard; other keys give nothing. */
export function usText(codes: string): string {
  let text = "";
  const shifts = new Set<number>();
  for (const code of codes.match(/../g) ?? []) {
    const value = Number.parseInt(code, 16);
    const key = value & 0x7f;
    if (key === 0x2a || key === 0x36) {
      if (value === key) {
        shifts.add(key);
      } else {
        shifts.delete(key);
      }
    } else if (value === key) {
      text += characterOf(key, shifts.size > 0);
    }
  }
  return text;
}

function characterOf(key: number, shifted: boolean): string {
  for (const [first, plain, upper] of rows) {
    const character = (shifted ? upper : plain)[key - first];
    if (character !== undefined) {
      return character;
    }
  }
  return "";
}
