// Our side as a process of its own: PORT PATH. Connects and uploads a file or a folder.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { winrm } from "../../src/communicator/winrm/winrm.ts";
import { nodeHost } from "../../src/host/node.ts";
import { configOf } from "../../test/fakes/prepare.ts";
import { fakeRun } from "../../test/fakes/run.ts";

const [, , port, path = ""] = process.argv;
const options = {
  winrm_host: "127.0.0.1",
  winrm_port: Number(port),
  winrm_username: "vagrant",
  winrm_password: "vagrant",
};
const run = Object.assign(fakeRun(), { host: nodeHost() });
const communicator = await winrm.connect(
  await configOf(winrm, { ...options, winrm_use_ntlm: process.argv[4] === "ntlm" }),
  {},
  run,
);
const found = await stat(path);
if (found.isDirectory()) {
  await communicator.uploadDir(path, "C:/data", run.signal);
} else {
  await communicator.upload({ content: createReadStream(path), size: found.size }, "C:/data/file.bin", run.signal);
}
await communicator.close();
