// A build that makes things until it is killed: a folder with a file, a program, and something with a removal of its own.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openJournal } from "../../src/core/journal.ts";
import { runPlan } from "../../src/core/run-plan.ts";
import { Secrets } from "../../src/core/secrets.ts";
import { nodeHost } from "../../src/host/node.ts";
import { planOf } from "../fakes/plan.ts";
import { killableBuilder } from "./core-kill-builder.ts";

const [root = ""] = process.argv.slice(2);
const host = nodeHost({ ...process.env, PACKER_TMP_DIR: join(root, "tmp") });
const cancel = new AbortController();
process.once("SIGINT", () => cancel.abort());
const journal = openJournal(host, join(root, "journal"), host.random.uuid());
const result = await runPlan(
  planOf({ name: "a", builder: killableBuilder(root) }, { name: "b", builder: killableBuilder(root) }),
  {
    host,
    signal: cancel.signal,
    settings: { force: false, debug: false, onError: "cleanup", packerVersion: "1.11.2" },
    parallelBuilds: 0,
    runUuid: host.random.uuid(),
    sink: (event) => {
      if (event.type === "said") {
        process.stdout.write(`${event.text}\n`);
      }
    },
    ask: async () => undefined,
    journal,
    secrets: new Secrets(),
  },
);
await writeFile(join(root, "result"), JSON.stringify(result));
