// Stands in for QEMU: serves VNC where `-vnc` says and writes every key to the file of `-serial`, until F12 is released or the client goes.
import { appendFileSync } from "node:fs";
import { startVncServer } from "./vnc-server.ts";

const args = process.argv.slice(2);

if (args.includes("-version")) {
  process.stdout.write("QEMU emulator version 7.2.0\n");
} else {
  await record(Number(argumentOf("-vnc").split(":")[1]) + 5900, argumentOf("-serial").slice("file:".length));
}

function argumentOf(name: string): string {
  return args[args.indexOf(name) + 1] ?? "";
}

async function record(port: number, file: string): Promise<void> {
  const server = await startVncServer({}, port);
  for (let written = 0; server.keys[written - 1] !== "-ffc9"; written++) {
    await server.keysCome(written + 1);
    const key = server.keys[written];
    if (key === undefined) {
      break;
    }
    appendFileSync(file, `${key}\n`);
  }
  await server[Symbol.asyncDispose]();
}
