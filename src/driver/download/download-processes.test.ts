import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { digest, iso, root, runWith, until } from "../../../test/fakes/download-run.ts";
import { downloadServer } from "../../../test/servers/download-server.ts";
import { serve } from "../../../test/servers/listen.ts";
import { type Digest, download } from "./download.ts";

const MiB = 1024 * 1024;

describe("driver/download between processes", () => {
  test("two processes fetch a file once", async (t) => {
    const content = randomBytes(MiB);
    const server = await downloadServer(t, content);
    const answers: (() => void)[] = [];
    server.instead = (response) =>
      void answers.push(() => void response.writeHead(200, { "content-length": content.length }).end(content));
    const cache = join(root, "two");
    const children = [child(t, cache, digest(content), server.url), child(t, cache, digest(content), server.url)];
    await until(
      () => answers.length === 1 && children.some(({ said }) => said().includes("Waiting for another build")),
    );
    answers[0]?.();
    const ends = await Promise.all(children.map(({ ended }) => ended));
    assert.deepEqual(ends, [0, 0], children.map(({ said }) => said()).join("\n"));
    assert.equal(server.asked.length, 1);
  });

  test("what a killed process has fetched is taken up by the next one", async (t) => {
    const content = randomBytes(2 * MiB);
    const server = await downloadServer(t, content);
    server.instead = (response) => {
      response.writeHead(200, { "content-length": content.length, etag: `"${digest(content).hex.slice(0, 8)}"` });
      response.write(content.subarray(0, MiB));
    };
    const cache = join(root, "killed");
    const killed = child(t, cache, digest(content), server.url);
    await until(() => killed.said().includes("well on its way"));
    killed.kill();
    await killed.ended;
    assert.ok(
      readdirSync(cache).some((name) => name.endsWith(".owner")),
      "its lock is left behind",
    );
    server.instead = undefined;
    const path = await download(iso([server.url], digest(content)), runWith({}, cache));
    assert.ok(readFileSync(path).equals(content));
    assert.match(server.asked[1]?.headers.range ?? "", /^bytes=[1-9]/);
    assert.equal(readdirSync(cache).length, 1);
  });

  test("a large file takes no more memory than a small one", async (t) => {
    const zeros = Buffer.alloc(MiB);
    const server = createServer((request, response) => {
      let left = Number(request.url?.slice(1));
      response.writeHead(200, { "content-length": left * MiB });
      const more = (): void => {
        while (left-- > 0) {
          if (!response.write(zeros)) {
            return void response.once("drain", more);
          }
        }
        response.end();
      };
      more();
    });
    const url = await serve(t, server);
    const memory = async (size: number): Promise<number> => {
      const hash = createHash("sha256");
      for (let at = 0; at < size; at++) {
        hash.update(zeros);
      }
      const one = child(t, join(root, "large"), { algorithm: "sha256", hex: hash.digest("hex") }, `${url}/${size}`);
      assert.equal(await one.ended, 0, one.said());
      return Number(/memory (\d+)/.exec(one.said())?.[1]);
    };
    const [small, large] = [await memory(4), await memory(256)];
    assert.ok(large - small < 100 * 1024, `${small} kB for 4 MiB, ${large} kB for 256 MiB`);
  });
});

interface Child {
  said(): string;
  kill(): void;
  readonly ended: Promise<number | null>;
}

function child(test: TestContext, cache: string, { hex }: Digest, source: string): Child {
  const script = join(import.meta.dirname, "../../../test/servers/download-child.ts");
  const env = { ...process.env, PACKER_CACHE_DIR: cache };
  const running = spawn(process.execPath, ["--import", "tsx", script, hex, source], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  test.after(() => running.kill("SIGKILL"));
  let said = "";
  for (const stream of [running.stdout, running.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += String(chunk);
    });
  }
  const ended = new Promise<number | null>((resolve) => running.once("close", resolve));
  return { said: () => said, kill: () => void running.kill("SIGKILL"), ended };
}
