// The test machine as a process of its own: ROUND-TRIP-MS. Prints its port; when told to stop, what it was asked for since
// the connection was ready, as JSON.
import { performance } from "node:perf_hooks";
import { startWinrmServer } from "../../test/servers/winrm-server.ts";

let first = 0;
let last = 0;
let requests = 0;

const server = await startWinrmServer({
  roundTrip: Number(process.argv[2]),
  intercept({ action }) {
    // Whoever connects looks first whether PowerShell runs; the transfer begins with the shell after that.
    const ready = server.machine.history.length > 0;
    if (ready && first === 0 && action === "Create") {
      first = performance.now();
    }
    if (first > 0) {
      requests += 1;
    }
    last = performance.now();
    return undefined;
  },
});
process.on("SIGTERM", () => {
  process.stdout.write(`${JSON.stringify({ seconds: (last - first) / 1000, requests })}\n`);
  process.exit(0);
});
process.stdout.write(`${server.port}\n`);
