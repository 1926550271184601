// A process of its own that downloads one file: says what is said to it, and in the end where it is and the memory it took.
import { download } from "../../src/driver/download/download.ts";
import { hashFile } from "../../src/driver/download/download-run.ts";
import { nodeHost } from "../../src/host/node.ts";

void main();

async function main(): Promise<void> {
  const [hex = "", ...sources] = process.argv.slice(2);
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  let received = 0;
  const advance = (bytes: number): void => {
    received += bytes;
    if (received >= 64 * 1024 && received - bytes < 64 * 1024) {
      say("well on its way");
    }
  };
  const ui = { say, message: say, error: say, progress: () => ({ advance, end() {} }) };
  const run = { host: nodeHost(), signal: new AbortController().signal, ui };
  say(`path ${await download({ title: "ISO", sources, checksum: hashFile(hex), extension: "iso" }, run)}`);
  say(`memory ${process.resourceUsage().maxRSS}`);
}
