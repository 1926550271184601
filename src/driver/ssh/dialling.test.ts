// What the system says when an SSH server cannot be dialled, in words.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rejectsWith } from "../../../test/rejects.ts";
import { nodeHost } from "../../host/node.ts";
import { connectSsh, type SshTarget } from "./connection.ts";

const never = new AbortController().signal;
const target: SshTarget = { host: "127.0.0.1", port: 22, credentials: { username: "u", password: "p" } };

/** One attempt on a machine whose system refuses every connection like this. */
function attempt(system: string): Promise<unknown> {
  const host = nodeHost();
  const connect = () => Promise.reject(Object.assign(new Error(`connect ${system}`), { code: system }));
  return connectSsh({ ...host, network: { ...host.network, connect } }, target, never);
}

describe("driver/ssh/dialling", () => {
  for (const [system, code, words] of [
    ["ECONNREFUSED", "communicator/ssh-refused", /^127\.0\.0\.1:22 refused the connection/],
    ["EHOSTUNREACH", "communicator/ssh-unreachable", /^There is no route to 127\.0\.0\.1:22/],
    ["ENETUNREACH", "communicator/ssh-unreachable", /^There is no route to 127\.0\.0\.1:22/],
    ["ETIMEDOUT", "communicator/ssh-silent", /^127\.0\.0\.1:22 did not answer/],
    ["EMFILE", "communicator/ssh-connect", /^127\.0\.0\.1:22 could not be connected to\nconnect EMFILE/],
  ] as const) {
    test(`${system} is told apart from other reasons`, async () => {
      await rejectsWith(attempt(system), { code, failure: "network", message: words });
    });
  }

  test("a tunnel of the builder that does not open is blamed, and not the machine", async () => {
    const dial = () => Promise.reject(new Error("the session was denied"));
    const { message } = await rejectsWith(connectSsh(nodeHost(), { ...target, through: { dial } }, never), {
      code: "communicator/tunnel",
      failure: "network",
    });
    assert.equal(message, "The tunnel to 127.0.0.1:22 could not be opened\nthe session was denied");
  });
});
